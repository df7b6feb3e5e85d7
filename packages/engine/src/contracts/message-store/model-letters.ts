import { expect } from 'vitest';
import { deadLetterShelf } from '../../ports/message-store.ts';
import { aDeadLetter, giveUp, takeLetter } from './builders.ts';
import type { StoreModel } from './model-state.ts';
import type { Subject } from './subject.ts';

export async function giveUpOne(
  model: StoreModel,
  { store }: Subject,
  wish: { readonly letterId: string; readonly cause: string; readonly limit: number | undefined },
): Promise<void> {
  const letter = aDeadLetter(wish.letterId, { cause: wish.cause });
  const limit = wish.limit === undefined ? undefined : { messages: wish.limit, bytes: 1_000_000 };
  const result = await store.commit([giveUp(letter, limit)]);
  const others = model.letters.filter(({ id }) => id !== letter.id);
  if (wish.limit !== undefined && others.length + 1 > wish.limit) {
    expect(result).toEqual({ ok: false, reason: 'full', at: deadLetterShelf('orders') });
    return;
  }
  expect(result).toEqual({ ok: true });
  model.letters = [...others, letter];
}

export async function takeOne(model: StoreModel, { store }: Subject, letterId: string): Promise<void> {
  const result = await store.commit([takeLetter(letterId)]);
  const isThere = model.letters.some(({ id }) => id === letterId);
  expect(result).toEqual(isThere ? { ok: true } : { ok: false, reason: 'letter-gone', letterId });
  model.letters = model.letters.filter(({ id }) => id !== letterId);
}
