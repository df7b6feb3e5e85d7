import { Alert, Button, Group, Modal, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { HeldWires } from '../../features/deploy/held-wires.tsx';
import { useDeploy } from '../../features/deploy/use-deploy.ts';
import { VersionsDrawer } from '../../features/versions/versions-drawer.tsx';
import { ApiError } from '../../lib/api/api-error.ts';
import { heldWiresFromProblem } from '../../lib/api/pipeline-requests.ts';
import { versionQuery } from '../../lib/api/queries.ts';
import { useCanvasStore } from '../../lib/draft/canvas-context.tsx';
import { showFailure } from '../../ui/show-failure.ts';

interface VersionHistoryProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly pipelineId: string;
  readonly deployedVersion: number | null;
  readonly onDeployed: () => void;
}

/** Versions, with the ways back: deploy an old one as it was, or take it into the draft. */
export function VersionHistory({ opened, onClose, pipelineId, deployedVersion, onDeployed }: VersionHistoryProps) {
  const store = useCanvasStore();
  const client = useQueryClient();
  const [asking, setAsking] = useState<number | null>(null);
  const deploy = useDeploy({
    pipelineId,
    onFlush: () => Promise.resolve(true),
    onDeployed: () => {
      setAsking(null);
      onDeployed();
    },
  });
  const held =
    deploy.error instanceof ApiError && deploy.error.code === 'wires-hold-messages'
      ? heldWiresFromProblem(deploy.error.problem)
      : [];

  const handleRestore = (number: number): void => {
    client
      .fetchQuery(versionQuery(pipelineId, number))
      .then((version) => {
        store.getState().restoreDocument(version.document, `Take version ${number} into the draft`);
        onClose();
      })
      .catch((error: unknown) => showFailure(`Version ${number} was not taken into the draft`, error));
  };

  return (
    <>
      <VersionsDrawer
        opened={opened}
        onClose={onClose}
        pipelineId={pipelineId}
        deployedVersion={deployedVersion}
        onRestore={handleRestore}
        redeployButton={(number) => (
          <Button
            variant="light"
            size="compact-sm"
            h={26}
            aria-label={`Deploy version ${number}`}
            onClick={() => {
              deploy.reset();
              setAsking(number);
            }}
          >
            Deploy
          </Button>
        )}
      />
      <Modal opened={asking !== null} onClose={() => setAsking(null)} title={`Deploy version ${asking ?? ''}?`}>
        <Text size="sm" mb="sm">
          It takes the place of {deployedVersion === null ? 'nothing' : `version ${deployedVersion}`}. Work in hand is
          finished first; the draft stays as it is.
        </Text>
        {held.length > 0 && <HeldWires held={held} pipelineId={pipelineId} deployedVersion={deployedVersion} />}
        {deploy.error !== null && held.length === 0 && (
          <Alert color="red" role="alert" title="Not deployed. What ran before still runs.">
            {deploy.error.message}
          </Alert>
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(null)}>
            Cancel
          </Button>
          {asking !== null && (
            <Button
              color={held.length > 0 ? 'red' : 'sea'}
              loading={deploy.isPending}
              onClick={() =>
                deploy.mutate({ version: asking, ...(held.length > 0 ? { removedWires: 'dead-letter' as const } : {}) })
              }
            >
              {held.length > 0 ? 'Move them to dead letter and deploy' : 'Deploy this version'}
            </Button>
          )}
        </Group>
      </Modal>
    </>
  );
}
