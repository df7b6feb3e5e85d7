import { durationMs } from '../duration.ts';
import type { Finding } from '../finding.ts';
import { wireFinding, type CheckContext, type PlacedWire } from './check-context.ts';

/** Bounds of `visibility`, as queues in the field have them. */
const VISIBILITY_MIN_MS = 1_000;
const VISIBILITY_MAX_MS = 12 * 3_600_000;

/** Settings of durable wires that contradict each other or that nothing could work with. */
export function checkQueues({ wires }: CheckContext): readonly Finding[] {
  return wires.flatMap((placed) => [...checkVisibility(placed), ...checkPriority(placed)]);
}

function checkVisibility(placed: PlacedWire): readonly Finding[] {
  const { wire } = placed;
  if (wire.delivery === 'push') return [];
  const settings = wire.delivery === 'pull' ? wire.queue : wire.log;
  if (settings?.visibility === undefined) return [];
  const ms = durationMs(settings.visibility);
  if (ms >= VISIBILITY_MIN_MS && ms <= VISIBILITY_MAX_MS) return [];
  return [
    wireFinding(placed, [wire.delivery === 'pull' ? 'queue' : 'log', 'visibility'], {
      code: 'out-of-range',
      message: '{path} must be between 1s and 12h. Work may take longer: what is worked on is kept by a heartbeat.',
    }),
  ];
}

function checkPriority(placed: PlacedWire): readonly Finding[] {
  const { wire } = placed;
  if (wire.delivery !== 'pull' || wire.queue?.priority === undefined || wire.queue.orderBy === undefined) return [];
  return [
    wireFinding(placed, ['queue', 'priority'], {
      code: 'priority-against-order',
      message: '{path} contradicts `orderBy`: order goes before priority. Remove one of them.',
    }),
  ];
}
