import { Badge, Button, Drawer, EmptyState, Group, Stack, Text } from '@mantine/core';
import { diffDocuments } from '@sluice/pipeline';
import type { Version } from '@sluice/protocol';
import { IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { versionQuery, versionsQuery } from '../../lib/api/queries.ts';
import { useCanvas } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import { counted } from '../../lib/format/compact-number.ts';
import { humaneAge } from '../../lib/format/humane-duration.ts';
import { DelayedSkeleton } from '../../ui/delayed-skeleton.tsx';
import { FailurePanel } from '../../ui/failure-panel.tsx';
import { JsonView } from '../../ui/json-view.tsx';
import { useNow } from '../../ui/use-now.ts';

interface VersionsDrawerProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly pipelineId: string;
  readonly deployedVersion: number | null;
  /** Puts a version's document in place of the draft. */
  readonly onRestore: (number: number) => void;
  /** Button that deploys a version; the page gives it, so that deploying stays in one place. */
  readonly redeployButton: (number: number) => ReactNode;
}

const SHOWN_MAX = 50;

/** Everything that was ever deployed, newest first. */
export function VersionsDrawer({ opened, onClose, ...rest }: VersionsDrawerProps) {
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      title="Versions"
      size="md"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <VersionList {...rest} />
    </Drawer>
  );
}

function VersionList({ pipelineId, ...rest }: Omit<VersionsDrawerProps, 'opened' | 'onClose'>) {
  const { data: versions, error, isPending, refetch } = useQuery(versionsQuery(pipelineId));
  const [shown, setShown] = useState(SHOWN_MAX);
  if (isPending) return <DelayedSkeleton label="Reading versions" />;
  if (versions === undefined)
    return <FailurePanel title="Versions could not be read" error={error} onRetry={() => void refetch()} />;
  if (versions.length === 0)
    return (
      <EmptyState
        py="xl"
        icon={<IconHistory />}
        title="No versions yet"
        description="Each deployment of a changed draft makes a version that can be brought back."
      />
    );
  const newestFirst = versions.toSorted((a, b) => b.number - a.number);
  return (
    <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Versions">
      {newestFirst.slice(0, shown).map((version) => (
        <VersionRow key={version.number} pipelineId={pipelineId} version={version} {...rest} />
      ))}
      {newestFirst.length > shown && (
        <Button variant="default" onClick={() => setShown(shown + SHOWN_MAX)}>
          Show older ones
        </Button>
      )}
    </Stack>
  );
}

const selectDocument = (state: CanvasState) => state.document;

function VersionRow({
  pipelineId,
  version,
  deployedVersion,
  onRestore,
  redeployButton,
}: Omit<VersionsDrawerProps, 'opened' | 'onClose'> & { readonly version: Version }) {
  const [open, setOpen] = useState(false);
  const now = useNow(30_000);
  const isDeployed = version.number === deployedVersion;
  return (
    <li style={{ padding: 12, border: '1px solid var(--line)', borderRadius: 6 }}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <div>
          <Group gap={6}>
            <Text size="sm" fw={600}>
              Version {version.number}
            </Text>
            {isDeployed && (
              <Badge size="sm" color="sea">
                deployed
              </Badge>
            )}
          </Group>
          <Text
            size="xs"
            c="dimmed"
            title={new Date(version.createdAt).toLocaleString(undefined, { timeZoneName: 'short' })}
          >
            {humaneAge(Date.parse(version.createdAt), now)}
          </Text>
        </div>
        <Group gap={6} wrap="nowrap">
          <Button
            variant="default"
            size="compact-sm"
            h={26}
            aria-expanded={open}
            aria-label={`${open ? 'Hide' : 'View'} version ${version.number}`}
            onClick={() => setOpen(!open)}
          >
            {open ? 'Hide' : 'View'}
          </Button>
          {!isDeployed && redeployButton(version.number)}
        </Group>
      </Group>
      {version.note !== null && (
        <Text size="sm" mt={6}>
          {version.note}
        </Text>
      )}
      {open && <VersionDetail pipelineId={pipelineId} number={version.number} onRestore={onRestore} />}
    </li>
  );
}

function VersionDetail({
  pipelineId,
  number,
  onRestore,
}: {
  readonly pipelineId: string;
  readonly number: number;
  readonly onRestore: (number: number) => void;
}) {
  const draft = useCanvas(selectDocument);
  const { data: version, error, isPending } = useQuery(versionQuery(pipelineId, number));
  if (isPending) return <DelayedSkeleton label={`Reading version ${number}`} />;
  if (version === undefined) return <FailurePanel title={`Version ${number} could not be read`} error={error} />;
  const differs = diffDocuments(version.document, draft).filter((change) => change.kind !== 'node-moved').length;
  return (
    <Stack gap="xs" mt={10}>
      <Text size="xs" c="dimmed">
        {counted(version.document.nodes.length, 'node')}, {counted(version.document.wires.length, 'wire')}.{' '}
        {differs === 0 ? 'The same as the draft.' : `The draft differs in ${counted(differs, 'place')}.`}
      </Text>
      <JsonView value={version.document} label={`Document of version ${number}`} />
      {differs > 0 && (
        <div>
          <Button
            variant="default"
            onClick={() => onRestore(number)}
            aria-label={`Take into the draft: version ${number}`}
          >
            Take into the draft
          </Button>
        </div>
      )}
    </Stack>
  );
}
