import { Button, Group, Text, UnstyledButton } from '@mantine/core';
import type { DeadLetterGroupView, DeadLetterView } from '@sluice/protocol';
import { IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { LetterFilter } from '../../lib/api/dead-letter-requests.ts';
import { deadLettersQuery } from '../../lib/api/queries.ts';
import { counted, exactNumber } from '../../lib/format/compact-number.ts';
import { humaneAge } from '../../lib/format/humane-duration.ts';
import { DelayedSkeleton } from '../../ui/delayed-skeleton.tsx';
import { FailurePanel } from '../../ui/failure-panel.tsx';
import { useNow } from '../../ui/use-now.ts';
import classes from './dead-letters.module.css';
import { DiscardDialog } from './discard-dialog.tsx';
import { LetterDetail } from './letter-detail.tsx';
import { reasonWords } from './reason-words.ts';
import { RedriveDialog, type NamedWire } from './redrive-dialog.tsx';

interface GroupDetailProps {
  readonly pipelineId: string;
  readonly group: DeadLetterGroupView;
  readonly nodeName: string;
  readonly wires: readonly NamedWire[];
}

const PAGE = 50;

/** One cause: what can be done with all of its letters, and the letters themselves. */
export function GroupDetail({ pipelineId, group, nodeName, wires }: GroupDetailProps) {
  const { nodeId, reason, cause, messages } = group;
  const filter: LetterFilter = { nodeId, reason, cause };
  const [asking, setAsking] = useState<'redrive' | 'discard' | null>(null);
  const [opened, setOpened] = useState<DeadLetterView | null>(null);
  const name = `${reasonWords(reason)} at ${nodeName}`;
  if (opened !== null)
    return <LetterDetail pipelineId={pipelineId} letter={opened} title={name} onClose={() => setOpened(null)} />;
  const close = (): void => setAsking(null);
  return (
    <>
      <Group justify="space-between" gap="xs" mb={6}>
        <Text size="sm" fw={600}>
          {name}: {counted(messages, 'dead letter')}
        </Text>
        <Group gap={6}>
          <Button
            variant="default"
            size="compact-sm"
            h={26}
            leftSection={<IconPlayerPlay size={14} />}
            onClick={() => setAsking('redrive')}
          >
            Redrive all {exactNumber(messages)}
          </Button>
          <Button
            variant="default"
            size="compact-sm"
            h={26}
            leftSection={<IconTrash size={14} />}
            onClick={() => setAsking('discard')}
          >
            Discard
          </Button>
        </Group>
      </Group>
      <Letters pipelineId={pipelineId} filter={filter} onOpen={setOpened} />
      <RedriveDialog
        opened={asking === 'redrive'}
        onClose={close}
        pipelineId={pipelineId}
        filter={filter}
        name={name}
        wires={wires}
      />
      <DiscardDialog
        opened={asking === 'discard'}
        onClose={close}
        pipelineId={pipelineId}
        filter={filter}
        name={name}
        messages={messages}
      />
    </>
  );
}

function Letters({
  pipelineId,
  filter,
  onOpen,
}: {
  readonly pipelineId: string;
  readonly filter: LetterFilter;
  readonly onOpen: (letter: DeadLetterView) => void;
}) {
  const [limit, setLimit] = useState(PAGE);
  const { data, error, isPending, refetch } = useQuery(deadLettersQuery(pipelineId, filter, limit));
  const now = useNow(5_000);
  if (isPending) return <DelayedSkeleton label="Reading the letters of this cause" height={24} />;
  if (data === undefined)
    return (
      <FailurePanel title="The letters of this cause could not be read" error={error} onRetry={() => void refetch()} />
    );
  const { deadLetters } = data;
  return (
    <>
      <ul className={classes['letters']} aria-label="Letters of this cause">
        {deadLetters.map((letter) => (
          <li key={letter.id}>
            <UnstyledButton className={classes['letter'] ?? ''} onClick={() => onOpen(letter)}>
              <span className="figures">
                <strong>{letter.key === '' ? letter.messageId : letter.key}</strong> ·{' '}
                {counted(letter.attempts, 'try', 'tries')} · {humaneAge(letter.deadAt, now)}
                {letter.editedAt !== null && ' · edited'}
                <br />
                <span className={classes['dim']}>{letter.error.message}</span>
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {deadLetters.length === limit &&
        (limit < 500 ? (
          <Button variant="default" size="compact-sm" h={26} mt={6} onClick={() => setLimit(limit + PAGE)}>
            Show {PAGE} more
          </Button>
        ) : (
          <Text size="xs" c="dimmed" mt={6}>
            The newest 500 are shown.
          </Text>
        ))}
    </>
  );
}
