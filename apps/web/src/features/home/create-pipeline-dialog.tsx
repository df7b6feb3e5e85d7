import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { FORMAT, pipelineName } from '@sluice/pipeline';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { ApiError } from '../../lib/api/api-error.ts';
import { pipelineRequests } from '../../lib/api/pipeline-requests.ts';
import { nameFromTitle } from './name-from-title.ts';

interface CreatePipelineDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Asks for a title and the name that webhook addresses carry, and opens the new pipeline. */
export function CreatePipelineDialog({ opened, onClose }: CreatePipelineDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="New pipeline">
      <CreatePipelineForm onClose={onClose} />
    </Modal>
  );
}

function CreatePipelineForm({ onClose }: { readonly onClose: () => void }) {
  const [title, setTitle] = useState('');
  const [typedName, setTypedName] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const name = typedName ?? nameFromTitle(title);
  const nameProblem = pipelineName.safeParse(name).error?.issues[0]?.message;
  const create = useMutation({
    mutationFn: () =>
      pipelineRequests.create({ format: FORMAT, name, title: title.trim(), nodes: [], wires: [], layout: {} }),
    onSuccess: async (pipeline) => {
      onClose();
      void client.invalidateQueries({ queryKey: ['pipelines'] }); // the list refreshes behind the new page
      await navigate(`/pipelines/${pipeline.name}`);
    },
  });

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (title.trim() !== '' && nameProblem === undefined) create.mutate();
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Title"
          description="What people call it."
          placeholder="Order intake"
          data-autofocus
          maxLength={200}
          value={title}
          error={tried && title.trim() === '' ? 'A title is needed.' : null}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <TextInput
          label="Name"
          description="Part of its webhook addresses: /hooks/name/path. Lower-case letters, digits and -."
          placeholder="order-intake"
          maxLength={64}
          value={name}
          error={
            tried && nameProblem !== undefined
              ? `The name ${nameProblem}.`
              : create.error instanceof ApiError
                ? create.error.message
                : create.error?.message
          }
          onChange={(event) => setTypedName(event.currentTarget.value)}
        />
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create pipeline
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
