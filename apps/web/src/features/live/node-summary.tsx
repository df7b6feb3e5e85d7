import { Text } from '@mantine/core';
import type { NodeStatus } from '@sluice/protocol';
import { compactNumber, counted, perSecond } from '../../lib/format/compact-number.ts';
import { humaneAge, humaneDuration } from '../../lib/format/humane-duration.ts';
import { useNodeSample } from '../../lib/live/live-context.tsx';
import { useNow } from '../../ui/use-now.ts';
import { FigureList, type NamedFigure } from './figure-list.tsx';

/** Every figure of one node and its last error. Nothing where nothing runs. */
export function NodeSummary({ nodeId }: { readonly nodeId: string }) {
  const sample = useNodeSample(nodeId);
  const now = useNow(5_000);
  if (sample === undefined) return null;
  return (
    <FigureList label="This node now" figures={figuresOf(sample)}>
      {sample.lastError !== null && (
        <Text size="xs" mt={6} style={{ color: 'var(--state-failing)', overflowWrap: 'anywhere' }}>
          {humaneAge(sample.lastError.at, now)}: {sample.lastError.code}, {sample.lastError.message}
        </Text>
      )}
    </FigureList>
  );
}

function figuresOf(sample: NodeStatus): readonly NamedFigure[] {
  const { working, breaker } = sample;
  const discarded = Object.entries(sample.discarded).filter(([, count]) => count > 0);
  return [
    { name: 'In', value: perSecond(sample.rateIn) },
    { name: 'Out', value: perSecond(sample.rateOut) },
    { name: 'Failing', value: perSecond(sample.rateFailed), failing: sample.rateFailed > 0 },
    {
      name: 'Try p95',
      value: working === null ? 'none' : humaneDuration(working.p95),
      ...(working === null
        ? {}
        : { exact: `half below ${humaneDuration(working.p50)}, 99 % below ${humaneDuration(working.p99)}` }),
    },
    {
      name: 'Busy',
      value: `${sample.busy} of ${sample.workers}`,
      exact: `${counted(sample.workers, 'worker')}${sample.workers < sample.workersMax ? `, ${sample.workersMax} at most` : ''}`,
    },
    {
      name: 'Done',
      value: compactNumber(sample.completed),
      exact: `${counted(sample.completed, 'message')} since the deployment`,
    },
    ...(sample.retries > 0 ? [{ name: 'Retried', value: compactNumber(sample.retries) }] : []),
    ...(sample.diverted > 0
      ? [{ name: 'Given up', value: compactNumber(sample.diverted), exact: 'went on by the port “failed”' }]
      : []),
    ...(sample.retriesDeferred > 0
      ? [
          {
            name: 'Retries put off',
            value: compactNumber(sample.retriesDeferred),
            exact: 'beyond the retry budget of its target; no attempt was lost',
          },
        ]
      : []),
    ...(discarded.length > 0
      ? [
          {
            name: 'Discarded',
            value: compactNumber(discarded.reduce((sum, [, count]) => sum + count, 0)),
            exact: discarded.map(([reason, count]) => `${count} ${reason.replace('-', ' ')}`).join(', '),
          },
        ]
      : []),
    ...(sample.leasesLost > 0
      ? [
          {
            name: 'Leases lost',
            value: compactNumber(sample.leasesLost),
            exact: 'their time was over before the work was; others have them now',
          },
        ]
      : []),
    ...(sample.deadLetters > 0
      ? [{ name: 'Dead letters', value: compactNumber(sample.deadLetters), failing: true }]
      : []),
    ...(sample.redriving > 0
      ? [
          {
            name: 'Redriven',
            value: compactNumber(sample.redriving),
            exact: `${counted(sample.redriving, 'message')} waiting beside its wires`,
          },
        ]
      : []),
    ...(sample.duplicates > 0 ? [{ name: 'Duplicates', value: compactNumber(sample.duplicates) }] : []),
    ...(sample.refused > 0 ? [{ name: 'Refused', value: compactNumber(sample.refused) }] : []),
    ...(breaker === 'none' ? [] : [{ name: 'Breaker', value: breaker, failing: breaker !== 'closed' }]),
  ];
}
