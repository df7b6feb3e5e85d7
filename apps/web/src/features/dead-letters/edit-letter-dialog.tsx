import { Alert, Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import type { DeadLetterView, EditDeadLetter } from '@sluice/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../lib/api/api-error.ts';
import { deadLetterRequests } from '../../lib/api/dead-letter-requests.ts';
import { showDone } from '../../ui/show-failure.ts';
import { readEdit } from './read-edit.ts';

interface EditLetterDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly pipelineId: string;
  readonly letter: DeadLetterView;
  readonly onEdited: (letter: DeadLetterView) => void;
}

/** Changes what a dead letter carries, before it is redriven. */
export function EditLetterDialog({ opened, onClose, ...rest }: EditLetterDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Edit dead letter" size="lg">
      <EditForm onClose={onClose} {...rest} />
    </Modal>
  );
}

const CODE = { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } } as const;

function EditForm({ pipelineId, letter, onEdited, onClose }: Omit<EditLetterDialogProps, 'opened'>) {
  const [payload, setPayload] = useState(() => JSON.stringify(letter.payload, null, 2));
  const [headers, setHeaders] = useState(() => JSON.stringify(letter.headers, null, 2));
  const [key, setKey] = useState(letter.key);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (edit: EditDeadLetter) => deadLetterRequests.edit(pipelineId, letter.id, edit),
    onSuccess: async (edited) => {
      onEdited(edited);
      showDone('The dead letter was edited. Redrive it to send it on its way.');
      await client.invalidateQueries({ queryKey: ['dead-letters', pipelineId] });
      onClose();
    },
  });
  const read = readEdit({ payload, headers, key }, letter);
  return (
    <Stack gap="sm">
      <Textarea
        size="xs"
        label="Payload"
        description="JSON"
        error={read.errors.payload}
        autosize
        minRows={4}
        maxRows={16}
        spellCheck={false}
        styles={CODE}
        value={payload}
        onChange={(event) => setPayload(event.currentTarget.value)}
        data-autofocus
      />
      <TextInput
        size="xs"
        label="Key"
        description="Order and partition follow it."
        maxLength={1_000}
        value={key}
        onChange={(event) => setKey(event.currentTarget.value)}
      />
      <Textarea
        size="xs"
        label="Headers"
        description="JSON: names with texts"
        error={read.errors.headers}
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        styles={CODE}
        value={headers}
        onChange={(event) => setHeaders(event.currentTarget.value)}
      />
      {save.error !== null && (
        <Alert color="red" role="alert" title="Not saved. The dead letter is as it was.">
          {save.error.message}
          {save.error instanceof ApiError && ` (request ${save.error.problem.requestId})`}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          disabled={read.edit === undefined}
          loading={save.isPending}
          onClick={() => read.edit !== undefined && save.mutate(read.edit)}
        >
          Save
        </Button>
      </Group>
    </Stack>
  );
}
