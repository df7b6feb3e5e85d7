import { expect, it } from 'vitest';
import { takeBatch, type Waiting } from './work.ts';

function work(looksAt: readonly string[], changes: readonly string[], bytes = 0): Waiting {
  const never = (): void => undefined;
  return { looksAt, changes, bytes, prepare: undefined, run: never, give: never, reject: never };
}

it('takes works that do not disturb each other together, in their order', () => {
  const line = [work([], ['a']), work(['b'], ['b']), work([], ['b']), work(['c'], [])];
  expect(takeBatch(line)).toHaveLength(4);
  expect(line).toEqual([]);
});

it('ends before a work that looks at what an earlier one may change', () => {
  const line = [work([], ['a']), work(['a'], []), work([], [])];
  expect(takeBatch(line)).toHaveLength(1);
  expect(takeBatch(line)).toHaveLength(2);
});

it('takes a work that looks at everything first or not at all, and nothing that looks after it', () => {
  const line = [work([], []), work(['*'], ['*']), work([], ['a']), work(['b'], [])];
  expect(takeBatch(line)).toHaveLength(1);
  expect(takeBatch(line)).toHaveLength(2);
  expect(takeBatch(line)).toHaveLength(1);
});

it('takes no more than fits into an entry of the journal, but always one', () => {
  const line = [work([], [], 2_000_000), work([], [], 600_000), work([], [], 600_000)];
  expect(takeBatch(line)).toHaveLength(1);
  expect(takeBatch(line)).toHaveLength(1);
  expect(takeBatch(line)).toHaveLength(1);
});
