import { expect } from 'vitest';
import { type LeaseResult, PRIORITY_TURN } from '../../ports/message-store.ts';
import { aMessage, append, commitAll, LEASE_MS, leaseUpTo, NO_LIMIT, QUEUE, queueSource } from './builders.ts';
import { timeOf } from './model-compare.ts';
import { hold } from './model-hold.ts';
import {
  aModelMessage,
  isFresh,
  type ModelMessage,
  type ModelTime,
  nextId,
  readyOnQueue,
  stateOf,
  type StoreModel,
} from './model-state.ts';
import type { Subject } from './subject.ts';

export async function appendOne(
  model: StoreModel,
  { store, clock }: Subject,
  place: { readonly group?: string; readonly priority?: number },
): Promise<void> {
  const id = nextId(model);
  const enqueuedAt = clock.now();
  await commitAll(store, append(aMessage(id, { enqueuedAt }), place));
  model.queue.push(aModelMessage(id, { ...place, enqueuedAt }));
}

export async function appendWithin(model: StoreModel, { store, clock }: Subject, messages: number): Promise<void> {
  const id = nextId(model);
  const enqueuedAt = clock.now();
  const result = await store.commit([append(aMessage(id, { enqueuedAt }), { limit: { ...NO_LIMIT, messages } })]);
  if (model.queue.length >= messages) expect(result).toEqual({ ok: false, reason: 'full', at: QUEUE });
  else {
    expect(result).toEqual({ ok: true });
    model.queue.push(aModelMessage(id, { enqueuedAt }));
  }
}

export async function leaseFromQueue(model: StoreModel, { store, clock }: Subject, max: number): Promise<void> {
  const time = timeOf(clock);
  const ready = readyOnQueue(model, time);
  const result = await leaseUpTo(store, max, queueSource());
  expect(result.leases).toHaveLength(Math.min(max, ready.length));
  const taken = foundAmong(ready, result);
  expectOrderWithinPriorities(model, ready, taken);
  expectTurns(model, ready, taken);
  hold(model, { taken, result, time });
  if (result.leases.length < max) expect(result.nextDueAt).toBe(earliest(model.queue, time));
}

export async function leaseOld(
  model: StoreModel,
  { store, clock }: Subject,
  { max, ageMs }: { readonly max: number; readonly ageMs: number },
): Promise<void> {
  const time = timeOf(clock);
  const enqueuedBefore = time.now - ageMs;
  const old = readyOnQueue(model, time).filter((message) => message.enqueuedAt < enqueuedBefore);
  const result = await store.lease({ source: queueSource(), max, leaseMs: LEASE_MS, enqueuedBefore });
  expect(result.leases).toHaveLength(Math.min(max, old.length));
  const taken = foundAmong(old, result);
  expectOrderWithinPriorities(model, old, taken);
  hold(model, { taken, result, time });
  model.passedOver = 0; // whether it counts as a turn is left open
}

export async function purge(model: StoreModel, { store, clock }: Subject): Promise<void> {
  const time = timeOf(clock);
  const kept = model.queue.filter((message) => stateOf(message, time) === 'in-hand');
  expect(await store.purge(QUEUE)).toBe(model.queue.length - kept.length);
  model.queue = kept;
}

function foundAmong(ready: readonly ModelMessage[], result: LeaseResult): readonly ModelMessage[] {
  return result.leases.map((lease) => {
    const message = ready.find(({ id }) => id === lease.message.id);
    if (message === undefined) throw new Error(`${lease.message.id} was not ready.`);
    return message;
  });
}

/** Within one priority in order of arrival, as far as retries allow. */
function expectOrderWithinPriorities(
  model: StoreModel,
  ready: readonly ModelMessage[],
  taken: readonly ModelMessage[],
): void {
  for (const priority of new Set(taken.map((message) => message.priority))) {
    const readyOfIt = ready.filter((message) => message.priority === priority);
    const takenOfIt = taken.filter((message) => message.priority === priority);
    expect(takenOfIt.map(({ id }) => id)).toEqual(
      readyOfIt.filter((message) => takenOfIt.includes(message)).map(({ id }) => id),
    );
    const fresh = (messages: readonly ModelMessage[]): readonly string[] =>
      messages.filter((message) => isFresh(message, model)).map(({ id }) => id);
    expect(fresh(readyOfIt).slice(0, fresh(takenOfIt).length)).toEqual(fresh(takenOfIt));
  }
}

/** Where nothing was put back, each is the first of the highest priority, or has its turn as the one that came first of all. */
function expectTurns(model: StoreModel, ready: readonly ModelMessage[], taken: readonly ModelMessage[]): void {
  let left = [...ready];
  for (const message of taken) {
    const highest = Math.max(...left.map(({ priority }) => priority));
    const first = left[0];
    if (left.every((other) => isFresh(other, model))) {
      const allowed = [left.find(({ priority }) => priority === highest), first];
      expect(allowed.map((one) => one?.id)).toContain(message.id);
      model.passedOver = message === first ? 0 : model.passedOver + 1;
      expect(model.passedOver).toBeLessThan(PRIORITY_TURN);
    } else model.passedOver = 0;
    left = left.filter((other) => other !== message);
  }
}

function earliest(messages: readonly ModelMessage[], time: ModelTime): number | undefined {
  const dueTimes = messages.flatMap(({ dueAt }) => (dueAt !== undefined && dueAt > time.now ? [dueAt] : []));
  return dueTimes.length === 0 ? undefined : Math.min(...dueTimes);
}
