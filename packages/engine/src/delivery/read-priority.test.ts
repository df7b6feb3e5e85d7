import { describe, expect, it } from 'vitest';
import type { Json, StoredMessage } from '../message.ts';
import { readPriority } from './read-priority.ts';

const aMessage = (payload: Json, headers: Record<string, string> = {}): StoredMessage => ({
  id: 'm',
  key: '',
  payload,
  headers,
  correlationId: 'c',
  eventTime: 0,
  enqueuedAt: 0,
});

describe('the priority of a message', () => {
  it.each([
    [7, 7],
    ['7', 7],
    [' 7 ', 7],
    [0, 0],
    [9, 9],
    [2.5, 3],
    [-3, 0],
    [1e9, 9],
    ['Infinity', 9],
    ['high', undefined],
    ['', undefined],
    [' ', undefined],
    [null, undefined],
    [true, undefined],
    [[5], undefined],
    [{ value: 5 }, undefined],
    ['NaN', undefined],
  ] as const)('%j stands for %s', (value, priority) => {
    expect(readPriority(aMessage({ order: { urgency: value } }), 'order.urgency')).toBe(priority);
  });

  it('is normal where nothing stands at the path', () => {
    expect(readPriority(aMessage({}), 'order.urgency')).toBeUndefined();
  });

  it('may stand in a header', () => {
    expect(readPriority(aMessage(null, { 'x-priority': '8' }), '$headers.X-Priority')).toBe(8);
  });
});
