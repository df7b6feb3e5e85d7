import { expect } from 'vitest';
import { append, aMessage, remember } from './builders.ts';
import { aModelMessage, nextId, type StoreModel } from './model-state.ts';
import type { Subject } from './subject.ts';

const REMEMBERED_MS = 45_000;

export async function appendOnce(model: StoreModel, { store, clock }: Subject, key: string): Promise<void> {
  const id = nextId(model);
  const enqueuedAt = clock.now();
  const expiresAt = enqueuedAt + REMEMBERED_MS;
  const result = await store.commit([append(aMessage(id, { enqueuedAt })), remember(key, id, expiresAt)]);
  const known = model.keys.get(key);
  if (known !== undefined && known.expiresAt > clock.now()) {
    expect(result).toEqual({ ok: false, reason: 'duplicate', messageId: known.messageId });
    return;
  }
  expect(result).toEqual({ ok: true });
  model.keys.set(key, { messageId: id, expiresAt });
  model.queue.push(aModelMessage(id, { enqueuedAt }));
}

export async function forgetExpired(model: StoreModel, { store, clock }: Subject): Promise<void> {
  const expired = [...model.keys].filter(([, { expiresAt }]) => expiresAt <= clock.now());
  expect(await store.forgetExpired(100)).toBe(expired.length);
  for (const [key] of expired) model.keys.delete(key);
}
