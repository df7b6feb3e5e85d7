import { timeOf } from './model-compare.ts';
import { hasExpired, type StoreModel, takeBack, unreadOf } from './model-state.ts';
import type { Subject } from './subject.ts';

export async function restart(model: StoreModel, real: Subject, how: 'close' | 'crash'): Promise<void> {
  const time = timeOf(real.clock);
  await real.restart(how);
  for (const message of [...model.queue, ...unreadOf(model)])
    takeBack(message, { asAttempt: how === 'crash' || hasExpired(message, time), asCrash: how === 'crash' });
  model.passedOver = 0; // turns may be counted anew
}
