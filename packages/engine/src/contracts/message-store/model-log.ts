import { expect } from 'vitest';
import { aMessage, commitAll, GROUP, groupSource, LEASE_MS, LOG, publish } from './builders.ts';
import { timeOf } from './model-compare.ts';
import { hold } from './model-hold.ts';
import {
  aModelMessage,
  hasExpired,
  leaveBehind,
  nextId,
  readyForGroup,
  stateOf,
  type StoreModel,
  takeBack,
  unreadOf,
} from './model-state.ts';
import type { Subject } from './subject.ts';

export async function publishOne(model: StoreModel, { store, clock }: Subject): Promise<void> {
  const id = nextId(model);
  const enqueuedAt = clock.now();
  await commitAll(store, publish(aMessage(id, { enqueuedAt })));
  model.log.push(aModelMessage(id, { enqueuedAt }));
}

export async function leaseForGroup(
  model: StoreModel,
  { store, clock }: Subject,
  { max, ageMs }: { readonly max: number; readonly ageMs?: number },
): Promise<void> {
  const time = timeOf(clock);
  const enqueuedBefore = ageMs === undefined ? Infinity : time.now - ageMs;
  const ready = readyForGroup(model, time);
  const young = ready.findIndex((message) => message.enqueuedAt >= enqueuedBefore);
  const taken = ready.slice(0, Math.min(max, young === -1 ? max : young));
  const request = { source: groupSource(), max, leaseMs: LEASE_MS };
  const result = await store.lease(ageMs === undefined ? request : { ...request, enqueuedBefore });
  expect(result.leases.map((lease) => lease.message.id)).toEqual(taken.map(({ id }) => id));
  expect(result.leases.map((lease) => lease.replayed === true)).toEqual(
    taken.map((message) => model.log.indexOf(message) < model.passed),
  );
  const unread = unreadOf(model);
  const head = unread[0];
  if (head !== undefined && stateOf(head, time) !== 'in-hand') {
    for (const message of unread)
      if (!taken.includes(message)) takeBack(message, { asAttempt: hasExpired(message, time), asCrash: false });
  }
  hold(model, { taken, result, time });
  const isDue = head?.dueAt !== undefined && head.dueAt <= time.now;
  if (taken.length === 0 && !isDue)
    expect(result.nextDueAt).toBe(head === undefined || head.held !== undefined ? undefined : head.dueAt);
}

export async function seek(
  model: StoreModel,
  { store, clock }: Subject,
  wish: 'earliest' | 'latest' | { readonly position: number } | { readonly ageMs: number },
): Promise<void> {
  const time = timeOf(clock);
  const to = typeof wish === 'object' && 'ageMs' in wish ? { time: time.now - wish.ageMs } : wish;
  const result = await store.seek({ log: LOG, group: GROUP, partition: 0, to });
  for (const message of unreadOf(model)) takeBack(message, { asAttempt: hasExpired(message, time), asCrash: false });
  model.position = targetOf(model, to);
  model.passed = Math.max(model.passed, model.position);
  for (const message of model.log.slice(0, model.position)) leaveBehind(message);
  expect(result).toEqual({ messages: model.log.length - model.position });
}

function targetOf({ log, first }: StoreModel, to: Parameters<Subject['store']['seek']>[0]['to']): number {
  if (to === 'earliest') return first;
  if (to === 'latest') return log.length;
  if ('position' in to) return Math.min(Math.max(to.position, first), log.length);
  const found = log.findIndex((message, offset) => offset >= first && message.enqueuedAt >= to.time);
  return found === -1 ? log.length : found;
}

export async function trim(model: StoreModel, { store, clock }: Subject, ageMs: number): Promise<void> {
  const before = clock.now() - ageMs;
  const isOld = (): boolean => (model.log[model.first]?.enqueuedAt ?? Infinity) < before;
  let removed = 0;
  while (model.first < model.position && isOld()) {
    model.first += 1;
    removed += 1;
  }
  expect(await store.trim({ log: LOG, ageMs, bytes: 1_000_000_000 })).toBe(removed);
}
