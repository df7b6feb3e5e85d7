import type { Delivery } from '@sluice/pipeline';
import type { WireStatus } from '@sluice/protocol';
import { memo } from 'react';
import { compactNumber, counted, exactNumber, humaneBytes, perSecond } from '../../lib/format/compact-number.ts';
import { humaneDuration } from '../../lib/format/humane-duration.ts';
import { useWireSample } from '../../lib/live/live-context.tsx';
import classes from './figures.module.css';

/** What stands on a wire now, inside of its chip: calls in flight, a tank that fills, or how far a reader lags. */
export const WireFigures = memo(function WireFigures({
  wireId,
  delivery,
}: {
  readonly wireId: string;
  readonly delivery: Delivery;
}) {
  const sample = useWireSample(wireId);
  if (sample === undefined || sample.delivery !== delivery) return null;
  const full = sample.state === 'full';
  return (
    <span className={classes['wire']} title={explain(sample)} data-full={full}>
      {delivery === 'pull' && (
        <span className={classes['tank']} aria-hidden>
          <span style={{ width: `${Math.min(100, sample.saturation * 100)}%` }} data-full={full} />
        </span>
      )}
      <span className={classes['amount']}>{amount(sample)}</span>
      {full ? (
        <strong className={classes['fullWord']}>
          full{sample.fullSince === null ? '' : ` ${humaneDuration(Math.max(0, Date.now() - sample.fullSince))}`}
        </strong>
      ) : (
        sample.oldestAgeMs !== null &&
        sample.oldestAgeMs >= 1_000 && <span className={classes['age']}>{humaneDuration(sample.oldestAgeMs)}</span>
      )}
    </span>
  );
});

function amount(sample: WireStatus): string {
  switch (sample.delivery) {
    case 'push':
      return sample.inFlight + sample.depth === 0
        ? ''
        : `${compactNumber(sample.inFlight)}${sample.depth > 0 ? ` +${compactNumber(sample.depth)}` : ''}`;
    case 'pull':
      return compactNumber(sample.depth);
    case 'event':
      return sample.depth === 0 ? '' : `${sample.replay === null ? 'lag' : 'replay'} ${compactNumber(sample.depth)}`;
  }
}

function explain(sample: WireStatus): string {
  const parts: string[] = [];
  switch (sample.delivery) {
    case 'push':
      parts.push(`${counted(sample.inFlight, 'call')} in flight`, `${exactNumber(sample.depth)} in line`);
      break;
    case 'pull':
      parts.push(
        sample.capacity === null
          ? `${counted(sample.depth, 'message')} waiting`
          : `${exactNumber(sample.depth)} of ${counted(sample.capacity, 'message')}`,
        `${exactNumber(sample.inFlight)} in hand`,
      );
      if (sample.delayed > 0) parts.push(`${exactNumber(sample.delayed)} waiting for a retry`);
      break;
    case 'event':
      parts.push(`lag ${counted(sample.depth, 'message')}`, `${exactNumber(sample.retained ?? 0)} kept in the log`);
      if (sample.replay !== null) parts.push(`${exactNumber(sample.replay.left)} of them delivered again`);
      break;
  }
  parts.push(`in ${perSecond(sample.rateIn)}, out ${perSecond(sample.rateOut)}`);
  if (sample.waiting !== null) parts.push(`95 % wait less than ${humaneDuration(sample.waiting.p95)}`);
  if (sample.bytes > 0) parts.push(humaneBytes(sample.bytes));
  if (sample.retries > 0) parts.push(`${exactNumber(sample.retries)} redelivered`);
  return parts.join('\n');
}
