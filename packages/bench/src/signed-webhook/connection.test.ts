import { expect, test } from 'vitest';
import { completeAnswer } from './connection.ts';

const ANSWER = 'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';

test('an answer is complete with the last byte that it announces', () => {
  for (let length = 0; length < ANSWER.length; length += 1)
    expect(completeAnswer(ANSWER.slice(0, length))).toBeUndefined();
  expect(completeAnswer(ANSWER)).toEqual({ answer: { status: 202, body: '{}' }, length: ANSWER.length });
});

test('what follows belongs to the next answer', () => {
  expect(completeAnswer(`${ANSWER}HTTP/1.1 500 `)?.length).toBe(ANSWER.length);
});
