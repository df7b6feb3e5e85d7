import { ActionIcon, Button, Group, Modal, Text, Tooltip } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pipelineRequests } from '../../lib/api/pipeline-requests.ts';
import { showDone, showFailure } from '../../ui/show-failure.ts';

interface LifeCycleProps {
  readonly pipelineId: string;
  readonly title: string;
  readonly state: 'running' | 'paused' | 'stopped' | 'failed' | null;
  readonly onChanged: () => void;
}

type Action = 'pause' | 'resume' | 'stop';
const DONE: Readonly<Record<Action, string>> = { pause: 'paused', resume: 'resumed', stop: 'stopped' };

/** Pause, resume and stop. Resuming also revives the same version after it was stopped or could not run. */
export function LifeCycle({ pipelineId, title, state, onChanged }: LifeCycleProps) {
  const [asking, setAsking] = useState(false);
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
  const inOperation = state === 'running' || state === 'paused';
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
          Resume
        </Button>
      )}
      {inOperation && (
        <Tooltip label="Stop">
          <ActionIcon variant="default" size={30} aria-label="Stop" onClick={() => setAsking(true)}>
            <IconPlayerStop size={14} />
          </ActionIcon>
        </Tooltip>
      )}
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Stop ${title}?`}>
        <Text size="sm">
          Work in hand is finished, then nothing runs and webhook addresses no longer answer. Queues and logs keep their
          messages; resuming starts it again where it was.
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)}>
            Keep running
          </Button>
          <Button
            color="red"
            onClick={() => {
              setAsking(false);
              act.mutate('stop');
            }}
          >
            Stop pipeline
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}
