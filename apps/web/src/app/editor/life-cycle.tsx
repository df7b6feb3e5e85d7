import { ActionIcon, Button, Group, Modal, Text, Tooltip } from '@mantine/core';
import type { Deployment } from '@sluice/protocol';
import { IconDropletDown, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pipelineRequests } from '../../lib/api/pipeline-requests.ts';
import { showDone, showFailure } from '../../ui/show-failure.ts';

interface LifeCycleProps {
  readonly pipelineId: string;
  readonly title: string;
  readonly state: Deployment['state'] | null;
  readonly onChanged: () => void;
}

type Action = 'pause' | 'resume' | 'drain' | 'stop';
const DONE: Readonly<Record<Action, string>> = {
  pause: 'paused',
  resume: 'resumed',
  drain: 'draining',
  stop: 'stopped',
};

/** What is asked before intake is closed. */
const ASKED = {
  drain: {
    title: (title: string) => `Drain ${title}?`,
    text: 'Webhooks are refused with 503 and pollers stop, while everything that waits is worked off. When nothing is left the pipeline is paused. Resuming cancels it at any time.',
    confirm: 'Drain pipeline',
    color: 'sea',
  },
  stop: {
    title: (title: string) => `Stop ${title}?`,
    text: 'Work in hand is finished, then nothing runs and webhook addresses no longer answer. Queues and logs keep their messages; resuming starts it again where it was.',
    confirm: 'Stop pipeline',
    color: 'red',
  },
} as const;

/** Pause, drain, resume and stop. Resuming also revives the same version after it was stopped or could not run. */
export function LifeCycle({ pipelineId, title, state, onChanged }: LifeCycleProps) {
  // What is asked stays while the dialog closes.
  const [asking, setAsking] = useState<keyof typeof ASKED>('stop');
  const [isAsking, setIsAsking] = useState(false);
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (action: Action) => pipelineRequests[action](pipelineId),
    onSuccess: async (_result, action) => {
      showDone(`${title} ${DONE[action]}`);
      onChanged();
      await client.invalidateQueries({ queryKey: ['pipelines'] });
    },
    onError: (error, action) => showFailure(`${title} was not ${DONE[action]}`, error),
  });
  if (state === null) return null;
  const inOperation = state === 'running' || state === 'draining' || state === 'paused';
  const asked = ASKED[asking];
  const ask = (action: keyof typeof ASKED): void => {
    setAsking(action);
    setIsAsking(true);
  };
  return (
    <Group gap={4} wrap="nowrap">
      {state === 'running' ? (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={14} />}
          loading={act.isPending && act.variables === 'pause'}
          onClick={() => act.mutate('pause')}
        >
          Pause
        </Button>
      ) : (
        <Button
          variant="light"
          leftSection={<IconPlayerPlay size={14} />}
          loading={act.isPending && act.variables === 'resume'}
          onClick={() => act.mutate('resume')}
        >
          {state === 'draining' ? 'Cancel drain' : 'Resume'}
        </Button>
      )}
      {(state === 'running' || state === 'paused') && (
        <Tooltip label="Drain">
          <ActionIcon
            variant="default"
            size={30}
            aria-label="Drain"
            loading={act.isPending && act.variables === 'drain'}
            onClick={() => ask('drain')}
          >
            <IconDropletDown size={14} />
          </ActionIcon>
        </Tooltip>
      )}
      {inOperation && (
        <Tooltip label="Stop">
          <ActionIcon variant="default" size={30} aria-label="Stop" onClick={() => ask('stop')}>
            <IconPlayerStop size={14} />
          </ActionIcon>
        </Tooltip>
      )}
      <Modal opened={isAsking} onClose={() => setIsAsking(false)} title={asked.title(title)}>
        <Text size="sm">{asked.text}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setIsAsking(false)}>
            {state === 'paused' ? 'Keep it paused' : 'Keep running'}
          </Button>
          <Button
            color={asked.color}
            onClick={() => {
              setIsAsking(false);
              act.mutate(asking);
            }}
          >
            {asked.confirm}
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}
