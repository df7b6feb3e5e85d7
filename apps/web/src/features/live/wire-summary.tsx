import type { WireStatus } from '@sluice/protocol';
import { compactNumber, counted, exactNumber, humaneBytes, perSecond } from '../../lib/format/compact-number.ts';
import { humaneDuration } from '../../lib/format/humane-duration.ts';
import { useWireSample } from '../../lib/live/live-context.tsx';
import { FigureList, type NamedFigure } from './figure-list.tsx';

/** Every figure of one wire, for whoever looks closer. Nothing where nothing runs. */
export function WireSummary({ wireId }: { readonly wireId: string }) {
  const sample = useWireSample(wireId);
  return sample === undefined ? null : <FigureList label="This wire now" figures={figuresOf(sample)} />;
}

function figuresOf(sample: WireStatus): readonly NamedFigure[] {
  const { delivery, depth, capacity, inFlight, delayed, oldestAgeMs, waiting, retained } = sample;
  const amount = delivery === 'push' ? 'In line' : delivery === 'pull' ? 'Waiting' : 'Lag';
  return [
    {
      name: amount,
      value: capacity === null ? compactNumber(depth) : `${compactNumber(depth)} of ${compactNumber(capacity)}`,
      exact: counted(depth, delivery === 'push' ? 'call' : 'message'),
    },
    { name: delivery === 'push' ? 'In flight' : 'In hand', value: exactNumber(inFlight) },
    ...(delayed > 0 ? [{ name: 'Again later', value: exactNumber(delayed) }] : []),
    { name: 'Oldest', value: oldestAgeMs === null ? 'none' : humaneDuration(oldestAgeMs) },
    { name: 'In', value: perSecond(sample.rateIn) },
    { name: 'Out', value: perSecond(sample.rateOut) },
    {
      name: 'Wait p95',
      value: waiting === null ? 'none' : humaneDuration(waiting.p95),
      ...(waiting === null
        ? {}
        : { exact: `half below ${humaneDuration(waiting.p50)}, 99 % below ${humaneDuration(waiting.p99)}` }),
    },
    ...(delivery === 'push' ? [] : [{ name: 'On disk', value: humaneBytes(sample.bytes) }]),
    ...(retained === null
      ? []
      : [{ name: 'In the log', value: compactNumber(retained), exact: counted(retained, 'message') }]),
    ...(sample.replay === null
      ? []
      : [
          {
            name: 'Replay',
            value: compactNumber(sample.replay.left),
            exact: `${counted(sample.replay.left, 'message')} of the lag delivered again`,
          },
        ]),
    ...(sample.retries > 0 ? [{ name: 'Redelivered', value: compactNumber(sample.retries) }] : []),
    ...(sample.shed > 0
      ? [{ name: 'Shed', value: compactNumber(sample.shed), exact: 'made way for calls of a higher priority' }]
      : []),
    ...(sample.late > 0
      ? [
          {
            name: 'Too late',
            value: compactNumber(sample.late),
            exact: 'too little of their deadline was left in line',
          },
        ]
      : []),
    ...(sample.state === 'full' ? [{ name: 'State', value: 'full', failing: true }] : []),
  ];
}
