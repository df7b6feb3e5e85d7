import type { Batch } from './batch.ts';
import { putTried, forgetTried } from './tried-records.ts';
import type { Instant } from './put-back.ts';
import type { QueueState } from './queue-state.ts';
import { queueStream } from './streams.ts';

/** Removes everything of a queue that is not in hand; answers how many. */
export function purge(batch: Batch, queue: QueueState, { monotonicMs }: Instant): number {
  queue.markExpired(monotonicMs);
  const before = queue.messages;
  if (before === 0) return 0;
  const held = [...queue.held.values()].filter(({ isExpired }) => !isExpired);
  const kept = held.map(({ position }) => position);
  const stream = queueStream(queue.number);
  if (kept.length === 0) batch.write({ do: 'remove-before', stream, sequence: queue.next });
  else batch.write({ do: 'keep-only', stream, before: queue.next, kept });
  forgetTried(batch, queue.number, '*');
  for (const place of held) if (place.isTried) putTried(batch, queue.number, { place, tried: place.tried });
  batch.apply({ effect: 'purged', of: queue.number, kept });
  return before - queue.messages;
}
