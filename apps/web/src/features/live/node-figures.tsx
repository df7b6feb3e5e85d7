import { IconArrowBackUp, IconHandStop, IconMailX, IconPlugConnectedX } from '@tabler/icons-react';
import type { NodeStatus } from '@sluice/protocol';
import { memo } from 'react';
import { compactNumber, counted, exactNumber, perSecond } from '../../lib/format/compact-number.ts';
import { humaneDuration } from '../../lib/format/humane-duration.ts';
import { useNodeSample } from '../../lib/live/live-context.tsx';
import classes from './figures.module.css';

/** What a node does now. Renders alone when its sample changes; the card around it does not. */
export const NodeFigures = memo(function NodeFigures({
  nodeId,
  live,
}: {
  readonly nodeId: string;
  readonly live: boolean;
}) {
  const sample = useNodeSample(nodeId, live);
  if (sample === undefined) return null;
  const rate = Math.max(sample.rateIn, sample.rateOut);
  return (
    <div className={`${classes['node']} figures`}>
      <div className={classes['row']}>
        <span
          className={classes['rate']}
          title={`In ${perSecond(sample.rateIn)}, out ${perSecond(sample.rateOut)}, failed ${perSecond(sample.rateFailed)}; ${exactNumber(sample.completed)} done since the deployment`}
        >
          {perSecond(rate)}
        </span>
        {sample.working !== null && (
          <span
            title={`One try: half within ${humaneDuration(sample.working.p50)}, 95 % within ${humaneDuration(sample.working.p95)}, 99 % within ${humaneDuration(sample.working.p99)}`}
          >
            p95 {humaneDuration(sample.working.p95)}
          </span>
        )}
        {sample.workers > 0 && (
          <span className={classes['workers']} title={`${sample.busy} of ${counted(sample.workers, 'worker')} busy`}>
            <span className={classes['bar']}>
              <span
                style={{ width: `${Math.min(100, (sample.busy / sample.workers) * 100)}%` }}
                data-full={sample.busy >= sample.workers}
              />
            </span>
            {sample.busy}/{sample.workers}
          </span>
        )}
      </div>
      <Badges sample={sample} />
    </div>
  );
});

function Badges({ sample }: { readonly sample: NodeStatus }) {
  const { retries, deadLetters, breaker, state, heldBy, refused } = sample;
  const breakerOpen = breaker === 'open' || breaker === 'half-open';
  if (retries === 0 && deadLetters === 0 && !breakerOpen && state !== 'held' && state !== 'failing' && refused === 0)
    return null;
  return (
    <div className={classes['badges']}>
      {breakerOpen && (
        <span className={classes['failing']} title="Calls are held back while the target fails">
          <IconPlugConnectedX size={13} aria-hidden /> breaker {breaker}
        </span>
      )}
      {state === 'held' && !breakerOpen && (
        <span
          className={classes['waiting']}
          title={heldBy === null ? 'Back-pressure keeps it from working' : `Held by ${heldBy}`}
        >
          <IconHandStop size={13} aria-hidden /> held
        </span>
      )}
      {state === 'failing' && !breakerOpen && (
        <span
          className={classes['failing']}
          title={sample.lastError === null ? 'Tries fail' : `${sample.lastError.code}: ${sample.lastError.message}`}
        >
          failing
        </span>
      )}
      {deadLetters > 0 && (
        <span className={classes['failing']} title={`${counted(deadLetters, 'message')} given up: see dead letters`}>
          <IconMailX size={13} aria-hidden /> {compactNumber(deadLetters)} dead
        </span>
      )}
      {retries > 0 && (
        <span className={classes['quiet']} title={`${counted(retries, 'try', 'tries')} again since the deployment`}>
          <IconArrowBackUp size={13} aria-hidden /> {compactNumber(retries)} retried
        </span>
      )}
      {refused > 0 && (
        <span className={classes['waiting']} title={`${counted(refused, 'request')} refused for lack of room (429)`}>
          {compactNumber(refused)} refused
        </span>
      )}
    </div>
  );
}
