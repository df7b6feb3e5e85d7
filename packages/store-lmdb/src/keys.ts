/**
 * The key layout. All keys are binary, so that LMDB's byte order is our order. Numbers are big-endian: `u32` is the
 * number of a queue, log, group or pipeline, given once to each name; `u16` is a partition; `u48` is a position, a
 * time or a token. Values are JSON.
 *
 *   database "index"
 *     00                                     format of the data, tokens given out so far, next free number
 *     01 queue:u32                           queue: id, next position, counts, and its lanes
 *     02 log:u32                             log: id, and each partition's first and next offset and sizes
 *     03 group:u32                           group: id and log
 *     04 group:u32 partition:u16             where a group stands on a partition
 *     05 pipeline:hash16                     shelf of dead letters: pipeline, next number, counts per node
 *     06 pipeline:hash16 group:hash8         dead letters of one node, reason and cause: their count and times
 *     07 number:u32                          forgotten queue, lane or log, of which something may still be there
 *     10 lane:u32 position:u48               ready: put back, or head of its FIFO group; with its group's hash
 *     11 lane:u32 due:u48 position:u48       waits for a time; with its group's hash
 *     12 queue:u32 position:u48              tried: attempts, crashes, history; only of messages that came back
 *     13 queue:u32 group:hash8 position:u48  members of a FIFO group that are not settled
 *     14 queue:u32 token:u48                 handed out: positions of one lease call; its tokens count up from the key's
 *     20 group:u32 partition:u16             handed out: the run of a partition
 *     21 group:u32 partition:u16 offset:u48  tried, as 12
 *     22 log:u32 partition:u16 offset:u48    mark: bytes and latest `enqueuedAt` of all that was appended before
 *     31 pipeline:hash16 node:hash8 nr:u48   dead letters of one node
 *     32 pipeline:hash16 letter:hash16       place of a dead letter, by its id
 *     33 pipeline:hash16 group:hash8 nr:u48  dead letters of one node, reason and cause
 *     40 source:hash16                       cursor
 *     41 scope and key:hash16                idempotency key: expiry and message id
 *     42 expiry:u48 scope and key:hash16     idempotency keys by expiry
 *   database "messages"
 *     01 lane:u32 position:u48               message without a group
 *     02 queue:u32 position:u48              message with a FIFO group
 *     03 log:u32 partition:u16 offset:u48    message of a log
 *     04 pipeline:hash16 nr:u48              dead letter
 *
 * Each priority of a queue is a lane with a number of its own; that of normal priority has the number of the queue, and
 * messages with a group are in it. A message of a queue is in exactly one of these places:
 *   fresh      no group, position not before the lane's scan position: never handed out
 *   blocked    has a group, and stands behind another of it: no entry besides 13
 *   ready      10        delayed      11        in hand      listed under 14
 * It is in hand when a record under 14 lists it and its record under 12, if any, was written under a smaller token.
 *
 * So nothing ever scans a backlog: a lease reads the fronts of 10, 11 and the fresh messages, and opening reads the
 * records of queues, logs and groups and what was in hand.
 */
const U32 = 4;
const U48 = 6;

export const META_KEY = Buffer.from([0x00]);

export const queueRecordKey = (queue: number): Buffer => numbered(0x01, queue);
export const logRecordKey = (log: number): Buffer => numbered(0x02, log);
export const groupRecordKey = (group: number): Buffer => numbered(0x03, group);
export const positionKey = (group: number, partition: number): Buffer => partitioned(0x04, group, partition);
export const shelfKey = (pipeline: Uint8Array): Buffer => Buffer.concat([Buffer.from([0x05]), pipeline]);

export const letterGroupKey = (pipeline: Uint8Array, group: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([0x06]), pipeline, group]);
export const forgottenKey = (number: number): Buffer => numbered(0x07, number);

export const readyKey = (lane: number, position: number): Buffer => positioned(0x10, lane, position);
export const triedKey = (queue: number, position: number): Buffer => positioned(0x12, queue, position);
export const handOutKey = (queue: number, token: number): Buffer => positioned(0x14, queue, token);

export function delayedKey(lane: number, dueAt: number, position: number): Buffer {
  const key = Buffer.allocUnsafe(1 + U32 + 2 * U48);
  key[0] = 0x11;
  key.writeUInt32BE(lane, 1);
  writeU48(key, timeInKey(dueAt), 5);
  writeU48(key, position, 11);
  return key;
}

/** `group` is a hash of 8 bytes. */
export function memberKey(queue: number, group: Uint8Array, position: number): Buffer {
  const key = Buffer.allocUnsafe(1 + U32 + 8 + U48);
  key[0] = 0x13;
  key.writeUInt32BE(queue, 1);
  key.set(group, 5);
  writeU48(key, position, 13);
  return key;
}

export const runKey = (group: number, partition: number): Buffer => partitioned(0x20, group, partition);
export const triedInPartitionKey = (group: number, partition: number, offset: number): Buffer =>
  inPartition(0x21, { number: group, partition, offset });

export const markKey = (log: number, partition: number, offset: number): Buffer =>
  inPartition(0x22, { number: log, partition, offset });

/** No offset, and no number of a dead letter, is larger. */
export const NUMBER_MAX = 0xffff_ffff_ffff;

export const letterByNodeKey = (pipeline: Uint8Array, node: Uint8Array, number: number): Buffer =>
  numberedLetter(0x31, { pipeline, among: node, number });
export const letterByGroupKey = (pipeline: Uint8Array, group: Uint8Array, number: number): Buffer =>
  numberedLetter(0x33, { pipeline, among: group, number });

export const letterByIdKey = (pipeline: Uint8Array, id: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([0x32]), pipeline, id]);
export const cursorKey = (source: Uint8Array): Buffer => Buffer.concat([Buffer.from([0x40]), source]);
export const idempotencyKey = (name: Uint8Array): Buffer => Buffer.concat([Buffer.from([0x41]), name]);

export function expiryKey(expiresAt: number, name: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(1 + U48 + 16);
  key[0] = 0x42;
  writeU48(key, timeInKey(expiresAt), 1);
  key.set(name, 7);
  return key;
}

export const messageKey = (lane: number, position: number): Buffer => positioned(0x01, lane, position);
export const groupedMessageKey = (queue: number, position: number): Buffer => positioned(0x02, queue, position);
export const logMessageKey = (log: number, partition: number, offset: number): Buffer =>
  inPartition(0x03, { number: log, partition, offset });

export function letterKey(pipeline: Uint8Array, number: number): Buffer {
  const key = Buffer.allocUnsafe(1 + 16 + U48);
  key[0] = 0x04;
  key.set(pipeline, 1);
  writeU48(key, number, 17);
  return key;
}

/** The position, offset, number or token at the end of a key. */
export function lastNumber(key: Uint8Array): number {
  return readU48(key, key.length - U48);
}

/** What begins the keys of everything that stands on a lane, or on the queue that has its number. */
export function queuePrefixes(number: number): {
  readonly index: readonly Buffer[];
  readonly messages: readonly Buffer[];
} {
  return {
    index: [0x10, 0x11, 0x12, 0x13, 0x14].map((kind) => numbered(kind, number)),
    messages: [0x01, 0x02].map((kind) => numbered(kind, number)),
  };
}

export function logPrefixes(number: number): {
  readonly index: readonly Buffer[];
  readonly messages: readonly Buffer[];
} {
  return { index: [numbered(0x22, number)], messages: [numbered(0x03, number)] };
}

/** The first key that does not begin with this one. */
export function endOf(prefix: Uint8Array): Buffer {
  const end = Buffer.from(prefix);
  for (let at = end.length - 1; at >= 0; at -= 1) {
    const byte = end[at] as number; // at is within
    if (byte < 0xff) {
      end[at] = byte + 1;
      return end.subarray(0, at + 1);
    }
  }
  throw new RangeError('No key comes after this prefix.');
}

/** A time as it stands in a key: whole milliseconds, rounded up so that nothing is due too early. */
export function timeInKey(time: number): number {
  return Math.min(Math.max(0, Math.ceil(time)), 0xffff_ffff_ffff);
}

export function readU48(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const low =
    ((bytes[at + 2] as number) << 24) |
    ((bytes[at + 3] as number) << 16) |
    ((bytes[at + 4] as number) << 8) |
    (bytes[at + 5] as number);
  return high * 0x1_0000_0000 + (low >>> 0);
}

function writeU48(key: Buffer, value: number, at: number): void {
  key.writeUInt16BE(Math.floor(value / 0x1_0000_0000), at);
  key.writeUInt32BE(value >>> 0, at + 2);
}

function numbered(kind: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(1 + U32);
  key[0] = kind;
  key.writeUInt32BE(number, 1);
  return key;
}

function positioned(kind: number, queue: number, position: number): Buffer {
  const key = Buffer.allocUnsafe(1 + U32 + U48);
  key[0] = kind;
  key.writeUInt32BE(queue, 1);
  writeU48(key, position, 5);
  return key;
}

function partitioned(kind: number, number: number, partition: number): Buffer {
  const key = Buffer.allocUnsafe(1 + U32 + 2);
  key[0] = kind;
  key.writeUInt32BE(number, 1);
  key.writeUInt16BE(partition, 5);
  return key;
}

function numberedLetter(
  kind: number,
  letter: { readonly pipeline: Uint8Array; readonly among: Uint8Array; readonly number: number },
): Buffer {
  const key = Buffer.allocUnsafe(1 + 16 + 8 + U48);
  key[0] = kind;
  key.set(letter.pipeline, 1);
  key.set(letter.among, 17);
  writeU48(key, letter.number, 25);
  return key;
}

function inPartition(
  kind: number,
  place: { readonly number: number; readonly partition: number; readonly offset: number },
): Buffer {
  const key = Buffer.allocUnsafe(1 + U32 + 2 + U48);
  key[0] = kind;
  key.writeUInt32BE(place.number, 1);
  key.writeUInt16BE(place.partition, 5);
  writeU48(key, place.offset, 7);
  return key;
}
