import { Button, EmptyState, Group, Text } from '@mantine/core';
import type { DeadLetterView } from '@sluice/protocol';
import { IconMailCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { deadLettersQuery } from '../../lib/api/queries.ts';
import { counted, exactNumber } from '../../lib/format/compact-number.ts';
import { humaneAge } from '../../lib/format/humane-duration.ts';
import { DelayedSkeleton } from '../../ui/delayed-skeleton.tsx';
import { FailurePanel } from '../../ui/failure-panel.tsx';
import { MasterDetail } from '../../ui/master-detail.tsx';
import { useNow } from '../../ui/use-now.ts';
import { MessageFacts } from './message-facts.tsx';

interface DeadLettersPanelProps {
  readonly pipelineId: string;
  /** Only of this node; `null` for all. */
  readonly nodeId: string | null;
  readonly nodeName: (nodeId: string) => string;
}

const PAGE = 50;

/** Messages that were given up, newest first, with why and what was tried. */
export function DeadLettersPanel({ pipelineId, nodeId, nodeName }: DeadLettersPanelProps) {
  const [limit, setLimit] = useState(PAGE);
  const [chosen, setChosen] = useState<string | null>(null);
  const [allDespite, setAllDespite] = useState<string | null>(null);
  const onlyOf = nodeId === allDespite ? null : nodeId;
  const { data, error, isPending, refetch } = useQuery(deadLettersQuery(pipelineId, limit, onlyOf ?? undefined));
  const now = useNow(5_000);
  if (isPending) return <DelayedSkeleton label="Reading dead letters" height={24} />;
  if (data === undefined)
    return <FailurePanel title="Dead letters could not be read" error={error} onRetry={() => void refetch()} />;
  const { deadLetters, counts } = data;
  const filter = nodeId !== null && (
    <FilterLine
      nodeName={nodeName(nodeId)}
      filtered={onlyOf !== null}
      ofNode={counts[nodeId] ?? 0}
      ofAll={Object.values(counts).reduce((sum, count) => sum + count, 0)}
      onChange={(filtered) => setAllDespite(filtered ? null : nodeId)}
    />
  );
  if (deadLetters.length === 0) {
    return (
      <>
        {filter}
        <EmptyState
          size="sm"
          py="md"
          icon={<IconMailCheck />}
          title={onlyOf === null ? 'No dead letters' : `No dead letters of ${nodeName(onlyOf)}`}
          description="A message that is given up, after its last try or for an error that no retry would change, is kept here whole."
        />
      </>
    );
  }
  return (
    <MasterDetail<DeadLetterView>
      header={filter}
      label="Dead letters"
      entries={deadLetters}
      idOf={(letter) => letter.id}
      chosenId={chosen}
      onChoose={setChosen}
      row={(letter) => (
        <span className="figures">
          <strong>{nodeName(letter.nodeId)}</strong> · {letter.error.code} · {counted(letter.attempts, 'try', 'tries')}{' '}
          · {humaneAge(letter.deadAt, now)}
          <br />
          <span style={{ color: 'var(--text-dim)' }}>{letter.error.message}</span>
        </span>
      )}
      detail={(letter) => (
        <>
          <Text size="sm" fw={600} mb={6}>
            {reasonWords(letter.reason)} at {nodeName(letter.nodeId)}: {letter.error.message}
          </Text>
          <MessageFacts
            id={letter.messageId}
            messageKey={letter.key}
            correlationId={letter.correlationId}
            eventTime={letter.eventTime}
            payload={letter.payload}
            headers={letter.headers}
            history={letter.history}
            now={now}
          />
        </>
      )}
      footer={
        deadLetters.length === limit && (
          <Group p={8}>
            {limit < 500 ? (
              <Button variant="default" size="compact-sm" h={26} onClick={() => setLimit(limit + PAGE)}>
                Show {PAGE} more
              </Button>
            ) : (
              <Text size="xs" c="dimmed">
                The newest 500 are shown.
              </Text>
            )}
          </Group>
        )
      }
    />
  );
}

/** What the list leaves out because a node is selected, and the way to see it all. */
function FilterLine({
  nodeName,
  filtered,
  ofNode,
  ofAll,
  onChange,
}: {
  readonly nodeName: string;
  readonly filtered: boolean;
  readonly ofNode: number;
  readonly ofAll: number;
  readonly onChange: (filtered: boolean) => void;
}) {
  return (
    <Group gap="sm" px={12} py={6} wrap="nowrap" style={{ borderBottom: '1px solid var(--line)' }}>
      <Text size="xs" truncate miw={0} title={nodeName} role="status">
        {filtered
          ? `Only of the selected node: ${exactNumber(ofNode)} of ${exactNumber(ofAll)}, at ${nodeName}`
          : `All of the pipeline: ${exactNumber(ofAll)}`}
      </Text>
      <Button variant="default" size="compact-sm" h={26} style={{ flex: 'none' }} onClick={() => onChange(!filtered)}>
        {filtered ? 'Show all of the pipeline' : 'Show only the selected node'}
      </Button>
    </Group>
  );
}

/** `attempts-exhausted` as `Attempts exhausted`. */
function reasonWords(reason: string): string {
  const words = reason.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
