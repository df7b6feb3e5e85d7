import { describe, expect, test } from 'vitest';
import type { BorderEvent } from './border-event.ts';
import { commitsIn, earlyAnswers } from './early-answers.ts';

const ID = 'a'.repeat(32);

function numbered(events: readonly Partial<BorderEvent>[]): readonly BorderEvent[] {
  return events.map((event, index) => ({
    kind: 'write',
    phase: 'end',
    life: 1,
    number: index + 1,
    isSynchronous: false,
    at: 0,
    result: 0,
    bytes: Buffer.alloc(0),
    ...event,
  }));
}

const page = [
  { kind: 'write', phase: 'begin', bytes: Buffer.from(`..["${ID}","key"]..`) },
  { kind: 'write', phase: 'end', result: 4_096 },
] as const;
const flush = [
  { kind: 'flush', phase: 'begin' },
  { kind: 'flush', phase: 'end', result: 0 },
] as const;
const failedFlush = [
  { kind: 'flush', phase: 'begin' },
  { kind: 'flush', phase: 'end', result: -1 },
] as const;
const validation = [
  { kind: 'write', phase: 'begin', isSynchronous: true },
  { kind: 'write', phase: 'end', isSynchronous: true, result: 72 },
] as const;
const answer = [
  { kind: 'answer', phase: 'begin', bytes: Buffer.from(`HTTP/1.1 202 Accepted\r\n\r\n{"id":"${ID}"}`) },
] as const;

const namesOf = (events: readonly Partial<BorderEvent>[]) => earlyAnswers(numbered(events)).map(({ name }) => name);

describe('an answer', () => {
  test('after page, flush and validation is in time', () => {
    expect(namesOf([...page, ...flush, ...validation, ...answer])).toEqual([]);
  });
  test.each([
    ['before everything', [...answer, ...page, ...flush, ...validation]],
    ['before the flush', [...page, ...answer, ...flush, ...validation]],
    ['between the begin and the end of the flush', [...page, flush[0], ...answer, flush[1], ...validation]],
    ['before the validation', [...page, ...flush, ...answer, ...validation]],
    ['while the validation is under way', [...page, ...flush, validation[0], ...answer, validation[1]]],
    ['after a flush that failed', [...page, ...failedFlush, ...validation, ...answer]],
    ['after a flush that came before the page', [...flush, ...page, ...validation, ...answer]],
    ['after a flush that began before the page was written', [page[0], flush[0], page[1], flush[1], ...answer]],
    ['without any flush', [...page, ...validation, ...answer]],
    ['to what was never written', [...answer]],
  ])('%s is early', (_, events) => {
    expect(namesOf(events)).toEqual(['early-answer']);
  });
  test('that refuses says nothing about the disk', () => {
    const refusal = Buffer.from(`HTTP/1.1 503 Service Unavailable\r\n\r\n{"id":"${ID}"}`);
    expect(namesOf([{ ...answer[0], bytes: refusal }])).toEqual([]);
  });
});

test('a commit that the process did not live to finish is not continued by the next life', () => {
  const nextLife = [...flush, ...validation].map((event) => ({ ...event, life: 2 }));
  const [commit] = commitsIn(numbered([...page, ...nextLife]));
  expect(commit?.ids).toEqual(new Set([ID]));
  expect(commit?.validAt).toBeUndefined();
});
