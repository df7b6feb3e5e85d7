import { Button, Group, Modal, Text } from '@mantine/core';
import type { DeadLetterView } from '@sluice/protocol';
import { IconArrowLeft, IconEdit, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deadLetterRequests } from '../../lib/api/dead-letter-requests.ts';
import { humaneAge } from '../../lib/format/humane-duration.ts';
import { showDone, showFailure } from '../../ui/show-failure.ts';
import { useNow } from '../../ui/use-now.ts';
import { MessageFacts } from '../../ui/message-facts.tsx';
import { EditLetterDialog } from './edit-letter-dialog.tsx';

interface LetterDetailProps {
  readonly pipelineId: string;
  readonly letter: DeadLetterView;
  readonly title: string;
  readonly onClose: () => void;
}

/** One dead letter: what it carries, what was tried, and what can be done with it. */
export function LetterDetail({ pipelineId, letter: given, title, onClose }: LetterDetailProps) {
  const [letter, setLetter] = useState(given);
  const [asking, setAsking] = useState<'edit' | 'discard' | null>(null);
  const client = useQueryClient();
  const now = useNow(5_000);
  const gone = async (): Promise<void> => {
    await client.invalidateQueries({ queryKey: ['dead-letters', pipelineId] });
    onClose();
  };
  const redrive = useMutation({
    mutationFn: () => deadLetterRequests.redrive(pipelineId, letter.id),
    onSuccess: async ({ wireId }) => {
      showDone(`The message is on its way again, over ${wireId}`);
      await gone();
    },
    onError: (error) => showFailure('Not redriven; it stays a dead letter', error),
  });
  const discard = useMutation({
    mutationFn: () => deadLetterRequests.discard(pipelineId, letter.id),
    onSuccess: async () => {
      showDone('The dead letter was discarded');
      await gone();
    },
    onError: (error) => showFailure('Not discarded', error),
  });
  const button = { variant: 'default', size: 'compact-sm', h: 26 } as const;
  return (
    <>
      <Group gap={6} mb={8}>
        <Button {...button} leftSection={<IconArrowLeft size={14} />} onClick={onClose}>
          All of this cause
        </Button>
        <Button
          {...button}
          leftSection={<IconPlayerPlay size={14} />}
          loading={redrive.isPending}
          onClick={() => redrive.mutate()}
        >
          Redrive
        </Button>
        <Button {...button} leftSection={<IconEdit size={14} />} onClick={() => setAsking('edit')}>
          Edit
        </Button>
        <Button {...button} leftSection={<IconTrash size={14} />} onClick={() => setAsking('discard')}>
          Discard
        </Button>
      </Group>
      <Text size="sm" fw={600} mb={6}>
        {title}: {letter.error.message}
      </Text>
      {letter.editedAt !== null && (
        <Text size="xs" c="dimmed" mb={6}>
          Edited {humaneAge(letter.editedAt, now)}
        </Text>
      )}
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
      <EditLetterDialog
        opened={asking === 'edit'}
        onClose={() => setAsking(null)}
        pipelineId={pipelineId}
        letter={letter}
        onEdited={setLetter}
      />
      <Modal opened={asking === 'discard'} onClose={() => setAsking(null)} title="Discard this dead letter?">
        <Text size="sm">The message {letter.messageId} will be thrown away and counted. This cannot be undone.</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(null)}>
            Keep it
          </Button>
          <Button color="red" loading={discard.isPending} onClick={() => discard.mutate()}>
            Discard dead letter
          </Button>
        </Group>
      </Modal>
    </>
  );
}
