import { Button, Group, Modal, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { deadLetterRequests, type LetterFilter } from '../../lib/api/dead-letter-requests.ts';
import { counted } from '../../lib/format/compact-number.ts';
import { showDone, showFailure } from '../../ui/show-failure.ts';

/** Throwing dead letters away asks first, and says how many. */
export function DiscardDialog({
  opened,
  onClose,
  pipelineId,
  filter,
  name,
  messages,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly pipelineId: string;
  readonly filter: LetterFilter;
  readonly name: string;
  readonly messages: number;
}) {
  const client = useQueryClient();
  const discard = useMutation({
    mutationFn: () => deadLetterRequests.discardAll(pipelineId, filter),
    onSuccess: (discarded) => {
      onClose();
      showDone(`${counted(discarded, 'dead letter')} discarded`);
    },
    onError: (error) => showFailure('Not all were discarded', error),
    onSettled: () => client.invalidateQueries({ queryKey: ['dead-letters', pipelineId] }),
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Discard these dead letters?">
      <Text size="sm">
        {counted(messages, 'message')} ({name}) will be thrown away and counted. This cannot be undone.
      </Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Keep them
        </Button>
        <Button color="red" loading={discard.isPending} onClick={() => discard.mutate()}>
          Discard {counted(messages, 'dead letter')}
        </Button>
      </Group>
    </Modal>
  );
}
