import type { QueueId } from '../ports/message-store.ts';
import type { RedriveWitness } from './redrive-letter.ts';

/**
 * Redriven messages whose end is not known yet, by queue and id. Who uses it keeps it small: it is as large as the number
 * of messages that `outstanding` answers.
 */
export interface OutcomeWatch extends RedriveWitness {
  outstanding(): number;
  queues(): readonly QueueId[];
  /** A message has left a queue for good; answers whether it was one of these. */
  settled(queue: QueueId, messageId: string): boolean;
  /** Gives up on everything that is expected of a queue; answers how many. */
  loseSight(queue: QueueId): number;
}

export function createOutcomeWatch(): OutcomeWatch {
  /** One id may stand for several messages: a message can have died twice. */
  const expected = new Map<QueueId, Map<string, number>>();
  let outstanding = 0;

  const remove = (queue: QueueId, messageId: string): boolean => {
    const ofQueue = expected.get(queue);
    const count = ofQueue?.get(messageId) ?? 0;
    if (ofQueue === undefined || count === 0) return false;
    if (count > 1) ofQueue.set(messageId, count - 1);
    else ofQueue.delete(messageId);
    if (ofQueue.size === 0) expected.delete(queue);
    outstanding -= 1;
    return true;
  };

  return {
    outstanding: () => outstanding,
    queues: () => [...expected.keys()],
    expect(queue, messageId) {
      const ofQueue = expected.get(queue) ?? new Map<string, number>();
      expected.set(queue, ofQueue);
      ofQueue.set(messageId, (ofQueue.get(messageId) ?? 0) + 1);
      outstanding += 1;
    },
    forget(queue, messageId) {
      remove(queue, messageId);
    },
    settled: remove,
    loseSight(queue) {
      let lost = 0;
      for (const count of expected.get(queue)?.values() ?? []) lost += count;
      expected.delete(queue);
      outstanding -= lost;
      return lost;
    },
  };
}
