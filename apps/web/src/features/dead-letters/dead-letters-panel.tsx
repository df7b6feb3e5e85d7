import { Button, EmptyState, Group, Text } from '@mantine/core';
import type { DeadLetterGroupView } from '@sluice/protocol';
import { IconMailCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { deadLetterGroupsQuery } from '../../lib/api/queries.ts';
import { counted, exactNumber } from '../../lib/format/compact-number.ts';
import { humaneAge } from '../../lib/format/humane-duration.ts';
import { DelayedSkeleton } from '../../ui/delayed-skeleton.tsx';
import { FailurePanel } from '../../ui/failure-panel.tsx';
import { MasterDetail } from '../../ui/master-detail.tsx';
import { useNow } from '../../ui/use-now.ts';
import classes from './dead-letters.module.css';
import { GroupDetail } from './group-detail.tsx';
import { reasonWords } from './reason-words.ts';
import type { NamedWire } from './redrive-dialog.tsx';
import { RedriveProgress } from './redrive-progress.tsx';

interface DeadLettersPanelProps {
  readonly pipelineId: string;
  /** Only of this node; `null` for all. */
  readonly nodeId: string | null;
  readonly nodeName: (nodeId: string) => string;
  /** Wires that can take messages. */
  readonly wires: readonly NamedWire[];
}

/** Messages that were given up, by cause: two thousand failures are three causes. */
export function DeadLettersPanel(props: DeadLettersPanelProps) {
  return (
    <div className={classes['root']}>
      <RedriveProgress pipelineId={props.pipelineId} />
      <div className={classes['body']}>
        <Groups {...props} />
      </div>
    </div>
  );
}

function Groups({ pipelineId, nodeId, nodeName, wires }: DeadLettersPanelProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [allDespite, setAllDespite] = useState<string | null>(null);
  const onlyOf = nodeId === allDespite ? null : nodeId;
  const { data, error, isPending, refetch } = useQuery(deadLetterGroupsQuery(pipelineId, onlyOf ?? undefined));
  const now = useNow(5_000);
  if (isPending) return <DelayedSkeleton label="Reading dead letters" height={24} />;
  if (data === undefined)
    return <FailurePanel title="Dead letters could not be read" error={error} onRetry={() => void refetch()} />;
  const { groups = [], counts, discarded } = data;
  const filter = nodeId !== null && (
    <FilterLine
      nodeName={nodeName(nodeId)}
      filtered={onlyOf !== null}
      ofNode={counts[nodeId] ?? 0}
      ofAll={Object.values(counts).reduce((sum, count) => sum + count, 0)}
      onChange={(filtered) => setAllDespite(filtered ? null : nodeId)}
    />
  );
  if (groups.length === 0) {
    return (
      <>
        {filter}
        <EmptyState
          size="sm"
          py="md"
          icon={<IconMailCheck />}
          title={onlyOf === null ? 'No dead letters' : `No dead letters of ${nodeName(onlyOf)}`}
          description={`A message that is given up, after its last try or for an error that no retry would change, is kept here whole.${
            discarded.byHand + discarded.byAge > 0
              ? ` ${counted(discarded.byHand + discarded.byAge, 'dead letter was', 'dead letters were')} discarded so far.`
              : ''
          }`}
        />
      </>
    );
  }
  return (
    <MasterDetail<DeadLetterGroupView>
      header={filter}
      label="Causes"
      entries={groups}
      idOf={groupId}
      chosenId={chosen}
      onChoose={setChosen}
      row={(group) => (
        <span className="figures">
          <strong>{exactNumber(group.messages)}</strong> · <strong>{nodeName(group.nodeId)}</strong> ·{' '}
          {reasonWords(group.reason)} · {humaneAge(group.lastAt, now)}
          <br />
          <span className={classes['dim']}>{group.cause}</span>
        </span>
      )}
      detail={(group) => (
        <GroupDetail
          key={groupId(group)}
          pipelineId={pipelineId}
          group={group}
          nodeName={nodeName(group.nodeId)}
          wires={wires}
        />
      )}
    />
  );
}

function groupId({ nodeId, reason, cause }: DeadLetterGroupView): string {
  return JSON.stringify([nodeId, reason, cause]);
}

/** What the list leaves out because a node is selected, and the way to see it all. */
function FilterLine({
  nodeName,
  filtered,
  ofNode,
  ofAll,
  onChange,
}: {
  readonly nodeName: string;
  readonly filtered: boolean;
  readonly ofNode: number;
  readonly ofAll: number;
  readonly onChange: (filtered: boolean) => void;
}) {
  return (
    <Group gap="sm" px={12} py={6} wrap="nowrap" style={{ borderBottom: '1px solid var(--line)' }}>
      <Text size="xs" truncate miw={0} title={nodeName} role="status">
        {filtered
          ? `Only of the selected node: ${exactNumber(ofNode)} of ${exactNumber(ofAll)}, at ${nodeName}`
          : `All of the pipeline: ${exactNumber(ofAll)}`}
      </Text>
      <Button variant="default" size="compact-sm" h={26} style={{ flex: 'none' }} onClick={() => onChange(!filtered)}>
        {filtered ? 'Show all of the pipeline' : 'Show only the selected node'}
      </Button>
    </Group>
  );
}
