import { expect } from 'vitest';
import { GROUP, LOG, QUEUE } from './builders.ts';
import { type ModelMessage, type ModelTime, stateOf, type StoreModel, triesOfModel, unreadOf } from './model-state.ts';
import type { Subject } from './subject.ts';

export function timeOf(clock: Subject['clock']): ModelTime {
  return { now: clock.now(), monotonicMs: clock.monotonicMs() };
}

/** Everything that can be seen of the store must agree with the model. */
export async function compare(model: StoreModel, { store, clock }: Subject): Promise<void> {
  const time = timeOf(clock);
  const unread = unreadOf(model);
  const waitsOn = { queue: QUEUE };
  const waitsBefore = { log: LOG, group: GROUP };
  expect(await store.backlog(waitsOn)).toMatchObject(countsOf(model.queue, time));
  const before = await store.backlog(waitsBefore);
  expect(before).toMatchObject(countsOf(unread, time));
  expect(before.replayed?.messages ?? 0).toBe(model.passed - model.position);
  expect(await store.retained(LOG)).toMatchObject({ messages: model.log.length - model.first });
  for (const [source, messages] of [
    [waitsOn, model.queue],
    [waitsBefore, unread],
  ] as const) {
    const peeked = await store.peek({ source, limit: 100 });
    expect(peeked.map(({ message, state, attempts, dueAt }) => ({ id: message.id, state, attempts, dueAt }))).toEqual(
      messages.map((message) => ({
        id: message.id,
        state: stateOf(message, time),
        attempts: triesOfModel(message),
        dueAt: message.dueAt,
      })),
    );
  }
  await compareLetters(model, store);
  for (const key of ['k1', 'k2']) {
    const known = model.keys.get(key);
    const isKnown = known !== undefined && known.expiresAt > time.now;
    expect(await store.recall('orders/in', key)).toBe(isKnown ? known.messageId : undefined);
  }
}

function countsOf(messages: readonly ModelMessage[], time: ModelTime): object {
  const countOf = (state: string): number => messages.filter((message) => stateOf(message, time) === state).length;
  return { messages: messages.length, inHand: countOf('in-hand'), delayed: countOf('delayed') };
}

async function compareLetters({ letters }: StoreModel, store: Subject['store']): Promise<void> {
  expect(await store.deadLetters({ pipelineId: 'orders', limit: 100 })).toEqual(letters.toReversed());
  const usage = await store.deadLetterUsage('orders');
  expect(usage.messages).toBe(letters.length);
  if (letters.length === 0) expect(usage.bytes).toBe(0);
  else expect(usage.bytes).toBeGreaterThan(0);
  const byCause = Map.groupBy(letters, ({ cause }) => cause);
  const groups = await store.deadLetterGroups('orders');
  expect(new Map(groups.map(({ cause, messages }) => [cause, messages]))).toEqual(
    new Map([...byCause].map(([cause, ofCause]) => [cause, ofCause.length])),
  );
}
