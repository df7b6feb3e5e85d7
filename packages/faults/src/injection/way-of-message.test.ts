import { expect, test } from 'vitest';
import type { BorderEvent } from './border-event.ts';
import { isAcknowledged, isSinkCalled, placeOf } from './way-of-message.ts';

const ID = 'a'.repeat(32);
const SINK = 30;
const FEED = 31;

function pair(kind: BorderEvent['kind'], more: Partial<BorderEvent> = {}): readonly Partial<BorderEvent>[] {
  return [
    { kind, phase: 'begin', ...more },
    { kind, phase: 'end', ...more, bytes: Buffer.alloc(0) },
  ];
}

const commit = [...pair('write'), ...pair('flush'), ...pair('write', { isSynchronous: true })];
const accepted = pair('answer', { bytes: Buffer.from('HTTP/1.1 202 Accepted') });
const delivery = pair('call', { at: SINK, bytes: Buffer.from(`POST / HTTP/1.1\r\nidempotency-key: "${ID}"\r\n\r\n`) });
const poll = pair('call', { at: FEED, bytes: Buffer.from('GET /?after=1 HTTP/1.1\r\n\r\n') });
const answered = (at: number): readonly Partial<BorderEvent>[] => [{ kind: 'answered', phase: 'end', at }];

function way(...parts: readonly (readonly Partial<BorderEvent>[])[]): readonly BorderEvent[] {
  return parts.flat().map((event, index) => ({
    kind: 'write',
    phase: 'begin',
    life: 1,
    number: index + 1,
    isSynchronous: false,
    at: 0,
    result: 0,
    bytes: Buffer.alloc(0),
    ...event,
  }));
}

test('a webhook on its way is told apart into its steps', () => {
  const whole = way(commit, accepted, commit, delivery, answered(SINK), commit);
  expect(whole.map((_, index) => placeOf(whole.slice(0, index + 1)))).toEqual([
    'before the page write of the acceptance',
    'after the page write of the acceptance',
    'before the flush of the acceptance',
    'after the flush of the acceptance',
    'before the validating write of the acceptance',
    'after the validating write of the acceptance',
    'before the answer 2xx',
    'after the answer 2xx',
    'before the page write of the hand-out',
    'after the page write of the hand-out',
    'before the flush of the hand-out',
    'after the flush of the hand-out',
    'before the validating write of the hand-out',
    'after the validating write of the hand-out',
    'before the call of the sink',
    'after the call of the sink',
    'after the answer of the sink',
    'before the page write of the acknowledgement',
    'after the page write of the acknowledgement',
    'before the flush of the acknowledgement',
    'after the flush of the acknowledgement',
    'before the validating write of the acknowledgement',
    'after the validating write of the acknowledgement',
  ]);
});

test('a poll is no call of the sink, and its answer not the sink`s', () => {
  const polled = way(poll, answered(FEED));
  expect([isSinkCalled(polled), placeOf(polled.slice(0, 1)), placeOf(polled)]).toEqual([
    false,
    'before the poll',
    'after the answer to the poll',
  ]);
});

test('a message is acknowledged when the commit after the answer of its sink is valid', () => {
  const whole = way(commit, accepted, commit, delivery, answered(SINK), commit);
  expect(isAcknowledged(whole)).toBe(true);
  expect(isAcknowledged(whole.slice(0, -1))).toBe(false);
  expect(isAcknowledged(way(commit, delivery, answered(FEED), commit))).toBe(false);
});
