import { expect, test } from 'vitest';
import { parseEvents } from './event-log.ts';

function event(
  kind: number,
  o: { readonly number: number; readonly bytes?: string; readonly synchronous?: boolean },
): Buffer {
  const head = Buffer.alloc(48);
  const bytes = Buffer.from(o.bytes ?? '');
  head.writeUInt32LE(0x46_41_55_31, 0);
  head.writeUInt16LE(kind, 4);
  head.writeUInt16LE(o.synchronous === true ? 1 : 0, 6);
  for (const [index, field] of [2, o.number, 8_192, -1, bytes.length].entries())
    head.writeBigInt64LE(BigInt(field), 8 + index * 8);
  return Buffer.concat([head, bytes]);
}

test('events are read in order, with their bytes', () => {
  const log = Buffer.concat([event(1, { number: 1, bytes: 'page', synchronous: true }), event(4, { number: 2 })]);
  expect(parseEvents(log)).toMatchObject([
    { kind: 'write', phase: 'begin', isSynchronous: true, life: 2, number: 1, at: 8_192, bytes: Buffer.from('page') },
    { kind: 'flush', phase: 'end', isSynchronous: false, number: 2, result: -1 },
  ]);
});

test('an event that a kill has cut off is left out', () => {
  const log = Buffer.concat([event(1, { number: 1, bytes: 'page' }), event(1, { number: 2, bytes: 'page' })]);
  expect(parseEvents(log.subarray(0, log.length - 2))).toHaveLength(1);
  expect(parseEvents(log.subarray(0, log.length - 20))).toHaveLength(1);
});

test('what is no log is not read as one', () => {
  expect(() => parseEvents(Buffer.alloc(100))).toThrow('broken at byte 0');
  expect(() => parseEvents(event(99, { number: 1 }))).toThrow('unknown kind at byte 0');
});
