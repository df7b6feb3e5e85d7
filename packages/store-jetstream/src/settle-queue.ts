import type { Batch } from './batch.ts';
import type { Place } from './effects.ts';
import { withFailure } from './message-codec.ts';
import type { Settlement } from './prepare-commit.ts';
import { forgetHeld, putBackHeld } from './put-back.ts';
import { GROUP_LEVEL, HELD_MAX, type Held, type QueueState } from './queue-state.ts';

/** Takes a message that the commit has found in hand. */
export function settleOnQueue(
  batch: Batch,
  {
    queue,
    held,
    settlement,
    next,
  }: {
    readonly queue: QueueState;
    readonly held: Held;
    readonly settlement: Settlement;
    /** The next of its FIFO group. */
    readonly next: Place | undefined;
  },
): void {
  const { tried } = held;
  switch (settlement.op) {
    case 'ack': {
      forgetHeld(batch, queue, held);
      // What the scan has not reached yet, it will find.
      const freed = next !== undefined && next.position < queue.scan(GROUP_LEVEL).to ? next : undefined;
      batch.apply({
        effect: 'acked',
        of: queue.number,
        position: held.position,
        ...(freed === undefined ? {} : { freed }),
      });
      const hadNoRoom = queue.inHand >= HELD_MAX - 1;
      if (freed !== undefined || hadNoRoom || queue.scan(GROUP_LEVEL).fresh > 0) batch.tellReady(queue.source);
      break;
    }
    case 'retry': {
      const { dueAt, failure } = settlement;
      const history = withFailure(tried.history, failure);
      putBackHeld(batch, queue, held, { attempts: tried.attempts + 1, crashes: tried.crashes, history, dueAt });
      break;
    }
    case 'release': {
      const { dueAt } = settlement;
      putBackHeld(batch, queue, held, dueAt === undefined ? tried : { ...tried, dueAt });
      break;
    }
  }
}
