import { expect } from 'vitest';
import type { CommitResult, StoreOperation } from '../../ports/message-store.ts';
import { ack, aMessage, append, LEASE_MS, OTHER_QUEUE, release, requireLease, retry } from './builders.ts';
import { aModelMessage, heldBy, leaveBehind, nextId, type StoreModel, takeBack, unreadOf } from './model-state.ts';
import type { Subject } from './subject.ts';

export interface SettleRequest {
  /** Counted back from the newest lease. */
  readonly index: number;
  readonly kind: 'ack' | 'release' | 'retry';
  /** Of a release: absent, it is at once. */
  readonly delayMs?: number;
  readonly output?: boolean;
}

export async function settle(model: StoreModel, { store, clock }: Subject, request: SettleRequest): Promise<void> {
  const { index, kind, delayMs } = request;
  const lease = model.leases.at(-1 - index);
  if (lease === undefined) return;
  const dueAt = clock.now() + (delayMs ?? 0);
  const operation: StoreOperation =
    kind === 'ack'
      ? ack(lease)
      : kind === 'release'
        ? release(lease, delayMs === undefined ? undefined : dueAt)
        : retry(lease, dueAt);
  const output = request.output === true ? aMessage(nextId(model), { enqueuedAt: clock.now() }) : undefined;
  const result = await store.commit(output === undefined ? [operation] : [operation, append(output)]);
  const message = heldBy(model, lease);
  const isTooEarly = kind === 'ack' && lease.source.kind === 'group' && message !== unreadOf(model)[0];
  const expected: CommitResult =
    message === undefined || isTooEarly ? { ok: false, reason: 'lease-lost', lease } : { ok: true };
  expect(result).toEqual(expected);
  if (message === undefined || !result.ok) return;
  if (kind !== 'ack' && lease.source.kind === 'group') {
    // What was handed out after it is taken back too.
    for (const later of model.log.slice(model.log.indexOf(message) + 1))
      takeBack(later, { asAttempt: false, asCrash: false });
  }
  takeBack(message, { asAttempt: kind === 'retry', asCrash: false });
  if (kind === 'retry') message.failures += 1;
  if (kind === 'retry' || (kind === 'release' && delayMs !== undefined)) message.dueAt = dueAt;
  if (kind === 'ack' && lease.source.kind === 'queue') model.queue = model.queue.filter((other) => other !== message);
  if (kind === 'ack' && lease.source.kind === 'group') {
    leaveBehind(message);
    model.position += 1;
    model.passed = Math.max(model.passed, model.position);
  }
  if (output !== undefined) model.queue.push(aModelMessage(output.id, output));
}

export async function requireOne(model: StoreModel, { store }: Subject, index: number): Promise<void> {
  const lease = model.leases.at(-1 - index);
  if (lease === undefined) return;
  const isHeld = heldBy(model, lease) !== undefined;
  const result = await store.commit([requireLease(lease), append('step', { queue: OTHER_QUEUE })]);
  expect(result).toEqual(isHeld ? { ok: true } : { ok: false, reason: 'lease-lost', lease });
}

export async function extend(model: StoreModel, { store, clock }: Subject, index: number): Promise<void> {
  const lease = model.leases.at(-1 - index);
  if (lease === undefined) return;
  const extended = await store.extend(lease, LEASE_MS);
  const message = heldBy(model, lease);
  if (message?.held === undefined) expect(extended).toBeUndefined();
  else {
    expect(extended?.expiresAt).toBe(clock.now() + LEASE_MS);
    message.held.endsAtMs = clock.monotonicMs() + LEASE_MS;
  }
}
