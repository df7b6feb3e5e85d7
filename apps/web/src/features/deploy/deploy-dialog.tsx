import { Alert, Button, Group, List, Modal, ScrollArea, Stack, Text, Textarea } from '@mantine/core';
import { diffDocuments, type Finding, type PipelineDocument } from '@sluice/pipeline';
import type { Deployment } from '@sluice/protocol';
import { IconAlertTriangle, IconRocket } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../lib/api/api-error.ts';
import { findingsFromProblem, heldWiresFromProblem } from '../../lib/api/pipeline-requests.ts';
import { versionQuery } from '../../lib/api/queries.ts';
import { useCanvas, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import { findingText } from '../../lib/draft/finding-text.ts';
import { counted, exactNumber } from '../../lib/format/compact-number.ts';
import { DelayedSkeleton } from '../../ui/delayed-skeleton.tsx';
import { FailurePanel } from '../../ui/failure-panel.tsx';
import { ChangeList } from './change-list.tsx';
import { describeChange } from './describe-change.ts';
import { HeldWires } from './held-wires.tsx';
import { useDeploy } from './use-deploy.ts';
import { WaitingMessages } from './waiting-messages.tsx';

interface DeployDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly pipelineId: string;
  readonly deployment: Deployment | null;
  readonly findings: readonly Finding[];
  /** Saves what is not saved; answers whether the server has everything. */
  readonly onFlush: () => Promise<boolean>;
  readonly onDeployed: () => void;
}

/** What a deployment would change, what stands in its way, and what restarts. */
export function DeployDialog({ opened, onClose, ...rest }: DeployDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Deploy" size="lg">
      <DeployForm onClose={onClose} {...rest} />
    </Modal>
  );
}

const selectDocument = (state: CanvasState) => state.document;

function DeployForm({
  onClose,
  pipelineId,
  deployment,
  findings,
  onFlush,
  onDeployed,
}: Omit<DeployDialogProps, 'opened'>) {
  const catalogue = useCatalogue();
  const draft = useCanvas(selectDocument);
  const [note, setNote] = useState('');
  const deploy = useDeploy({ pipelineId, onFlush, onDeployed });
  const errors = findings.filter((finding) => finding.severity === 'error');
  const warnings = findings.filter((finding) => finding.severity === 'warning');
  const held =
    deploy.error instanceof ApiError && deploy.error.code === 'wires-hold-messages'
      ? heldWiresFromProblem(deploy.error.problem)
      : [];
  const refused = deploy.error instanceof ApiError ? findingsFromProblem(deploy.error.problem) : [];
  const request = note.trim() === '' ? {} : { note: note.trim() };

  return (
    <Stack gap="md">
      {errors.length > 0 && (
        <Alert
          color="red"
          icon={<IconAlertTriangle size={16} />}
          title={`${counted(errors.length, 'error')} to settle first`}
        >
          <List size="sm" spacing={2}>
            {errors.slice(0, 6).map((finding) => (
              <List.Item key={`${finding.path} ${finding.code}`}>{findingText(finding, draft, catalogue)}</List.Item>
            ))}
          </List>
          {errors.length > 6 && `and ${errors.length - 6} more, in the problems panel`}
        </Alert>
      )}
      {warnings.length > 0 && (
        <Alert color="yellow" icon={<IconAlertTriangle size={16} />} title={counted(warnings.length, 'warning')}>
          <List size="sm" spacing={2}>
            {warnings.slice(0, 4).map((finding) => (
              <List.Item key={`${finding.path} ${finding.code}`}>{findingText(finding, draft, catalogue)}</List.Item>
            ))}
          </List>
          {warnings.length > 4 && `and ${warnings.length - 4} more, in the problems panel`}
        </Alert>
      )}
      {deployment === null ? (
        <FirstDeployment draft={draft} />
      ) : (
        <Differences pipelineId={pipelineId} deployment={deployment} draft={draft} />
      )}
      <Textarea
        size="xs"
        label="Note"
        description="Why, for whoever reads the versions later."
        autosize
        minRows={1}
        maxRows={4}
        maxLength={2_000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {held.length > 0 && (
        <HeldWires held={held} pipelineId={pipelineId} deployedVersion={deployment?.version ?? null} />
      )}
      {deploy.error !== null && held.length === 0 && (
        <Alert color="red" role="alert" title="Not deployed. What ran before still runs.">
          {deploy.error.message}
          {deploy.error instanceof ApiError && ` (request ${deploy.error.problem.requestId})`}
          <List size="sm" mt={4}>
            {refused.slice(0, 6).map((finding) => (
              <List.Item key={`${finding.path} ${finding.code} ${finding.message}`}>{finding.message}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        {held.length > 0 ? (
          <Button
            color="red"
            loading={deploy.isPending}
            onClick={() => deploy.mutate({ ...request, removedWires: 'dead-letter' })}
          >
            Move {exactNumber(held.reduce((sum, wire) => sum + wire.messages, 0))} to dead letter and deploy
          </Button>
        ) : (
          <Button
            leftSection={<IconRocket size={14} />}
            disabled={errors.length > 0}
            loading={deploy.isPending}
            onClick={() => deploy.mutate(request)}
            data-autofocus
          >
            Deploy now
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function FirstDeployment({ draft }: { readonly draft: PipelineDocument }) {
  return (
    <Text size="sm">
      The first deployment. It starts {counted(draft.nodes.length, 'node')} and {counted(draft.wires.length, 'wire')} as
      version 1; webhook addresses answer from then on.
    </Text>
  );
}

function Differences({
  pipelineId,
  deployment,
  draft,
}: {
  readonly pipelineId: string;
  readonly deployment: Deployment;
  readonly draft: PipelineDocument;
}) {
  const catalogue = useCatalogue();
  const { data: running, error, isPending, refetch } = useQuery(versionQuery(pipelineId, deployment.version));
  if (isPending) return <DelayedSkeleton label="Reading what runs now" />;
  if (running === undefined)
    return <FailurePanel title="What runs now could not be read" error={error} onRetry={() => void refetch()} />;
  const changes = diffDocuments(running.document, draft).flatMap(
    (change) => describeChange(change, { before: running.document, after: draft, catalogue }) ?? [],
  );
  if (changes.length === 0)
    return (
      <Text size="sm">
        Nothing differs from version {deployment.version}, which{' '}
        {deployment.state === 'running' ? 'runs' : `is ${deployment.state}`}.
      </Text>
    );
  return (
    <div>
      <Text size="sm" fw={600} mb={8}>
        {counted(changes.length, 'change')} since version {deployment.version}
      </Text>
      <ScrollArea.Autosize mah={260} type="auto">
        <ChangeList changes={changes} label="Changes" />
      </ScrollArea.Autosize>
      <WaitingMessages running={running.document} draft={draft} />
      <Text size="xs" c="dimmed" mt={10}>
        What restarts: all {counted(draft.nodes.length, 'node')} finish what they have in hand and go on as the new
        version. Messages on wires that stay are kept.
      </Text>
    </div>
  );
}
