import { expect, test } from 'vitest';
import { createBreath } from './create-breath.ts';

test('of those who wait, one goes on in each round of the event loop, in order', async () => {
  const breathe = createBreath();
  const went: string[] = [];
  const all = Promise.all(['a', 'b', 'c'].map((name) => breathe().then(() => went.push(name))));
  const seen: number[] = [];
  const looked = Promise.withResolvers<void>();
  const look = (): void => {
    seen.push(went.length);
    if (went.length < 3) setImmediate(look);
    else looked.resolve();
  };
  setImmediate(look);
  await Promise.all([all, looked.promise]);
  expect(went).toEqual(['a', 'b', 'c']);
  expect(seen).toEqual([1, 2, 3]);
});

test('who comes back for more waits behind the others', async () => {
  const breathe = createBreath();
  const went: string[] = [];
  const twice = async (name: string): Promise<void> => {
    await breathe();
    went.push(name);
    await breathe();
    went.push(name);
  };
  await Promise.all([twice('a'), twice('b')]);
  expect(went).toEqual(['a', 'b', 'a', 'b']);
});
