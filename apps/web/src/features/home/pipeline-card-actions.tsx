import { ActionIcon, Button, Group, Menu, Modal, Text } from '@mantine/core';
import type { Deployment, PipelineSummary } from '@sluice/protocol';
import { IconDots, IconPlayerPause, IconPlayerPlay, IconRocket, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pipelineRequests } from '../../lib/api/pipeline-requests.ts';
import { showDone, showFailure } from '../../ui/show-failure.ts';

interface PipelineCardActionsProps {
  readonly pipeline: PipelineSummary;
  readonly state: Deployment['state'] | null;
}

type Action = 'deploy' | 'pause' | 'resume' | 'remove';

const DONE: Readonly<Record<Action, string>> = {
  deploy: 'deployed',
  pause: 'paused',
  resume: 'resumed',
  remove: 'deleted',
};

/** Life cycle from the card. Deploying here publishes the draft as it stands. */
export function PipelineCardActions({ pipeline, state }: PipelineCardActionsProps) {
  const client = useQueryClient();
  const [confirming, setConfirming] = useState(false);
  const inOperation = state !== null && state !== 'stopped';
  const act = useMutation({
    mutationFn: async (action: Action) => {
      // The server removes only what is out of operation.
      if (action === 'remove' && inOperation) await pipelineRequests.stop(pipeline.id);
      if (action === 'deploy') await pipelineRequests.deploy(pipeline.id, {});
      else await pipelineRequests[action](pipeline.id);
    },
    onSuccess: async (_result, action) => {
      showDone(`${pipeline.title} ${DONE[action]}`);
      await client.invalidateQueries({ queryKey: ['pipelines'] });
    },
    onError: (error, action) => showFailure(`${pipeline.title} was not ${DONE[action]}`, error),
  });
  const deployable = state === null || state === 'stopped' || state === 'failed' || pipeline.draftDiffers;

  return (
    <Group gap="xs" style={{ flex: 1 }}>
      {deployable && pipeline.nodes > 0 && (
        <Button
          variant={state === null ? 'light' : 'default'}
          leftSection={<IconRocket size={14} />}
          loading={act.isPending && act.variables === 'deploy'}
          onClick={() => act.mutate('deploy')}
          aria-label={`Deploy ${pipeline.title}`}
        >
          Deploy
        </Button>
      )}
      {state === 'running' && (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={14} />}
          loading={act.isPending && act.variables === 'pause'}
          onClick={() => act.mutate('pause')}
          aria-label={`Pause ${pipeline.title}`}
        >
          Pause
        </Button>
      )}
      {state !== null && state !== 'running' && (
        <Button
          variant="light"
          leftSection={<IconPlayerPlay size={14} />}
          loading={act.isPending && act.variables === 'resume'}
          onClick={() => act.mutate('resume')}
          aria-label={state === 'draining' ? `Cancel the drain of ${pipeline.title}` : `Resume ${pipeline.title}`}
        >
          {state === 'draining' ? 'Cancel drain' : 'Resume'}
        </Button>
      )}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" ml="auto" size={28} aria-label={`More for ${pipeline.title}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item color="red" leftSection={<IconTrash size={14} />} onClick={() => setConfirming(true)}>
            Delete pipeline
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={confirming} onClose={() => setConfirming(false)} title={`Delete ${pipeline.title}?`}>
        <Text size="sm">
          {inOperation && 'It is stopped first, and work in hand is finished. '}The draft, all versions
          {state === null ? ' go' : ', every message on its wires and its dead letters go'}. This cannot be undone.
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setConfirming(false)}>
            Keep it
          </Button>
          <Button
            color="red"
            onClick={() => {
              setConfirming(false);
              act.mutate('remove');
            }}
          >
            {inOperation ? 'Stop and delete' : 'Delete pipeline'}
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}
