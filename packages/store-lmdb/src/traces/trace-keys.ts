import { hash } from 'node:crypto';
import { HOP_KINDS, type HopKind, type TraceHop } from '@sluice/engine';

/**
 * The key layout of the trace store. Keys are binary and in LMDB's byte order; `nr:u48` counts the hops as they were
 * recorded. A hop has one record and three or more short entries that lead to it.
 *
 *   database "hops"
 *     nr:u48                                 the hop, as JSON
 *   database "index"
 *     00                                     counts
 *     01 correlation id:hash16 nr:u48        of this trace; the pipeline's hash
 *     02 pipeline:hash8 kind:u8 nr:u48       of this kind in this pipeline; the correlation id's hash
 *     03 pipeline:hash8 key:hash8 nr:u48     whose message, correlation id or key this is; the correlation id's hash
 *
 * Hashes are shortened, so what is found is compared with the hop itself. Values are in hexadecimal digits.
 */
export const COUNTS_KEY = Buffer.from([0x00]);
export const NUMBER_MAX = 0xffff_ffff_ffff;

const U48 = 6;

export function hopKey(number: number): Buffer {
  const key = Buffer.allocUnsafe(U48);
  key.writeUIntBE(number, 0, U48);
  return key;
}

export const traceKey = (correlationId: Buffer, number: number): Buffer => numbered([0x01], correlationId, number);

export const kindKey = (pipeline: Buffer, kind: HopKind, number: number): Buffer =>
  numbered([0x02], Buffer.concat([pipeline, Buffer.from([HOP_KINDS.indexOf(kind)])]), number);

export const foundKey = (pipeline: Buffer, key: Buffer, number: number): Buffer =>
  numbered([0x03], Buffer.concat([pipeline, key]), number);

/** The number at the end of a key. */
export function numberOf(key: Uint8Array): number {
  return Buffer.from(key).readUIntBE(key.length - U48, U48);
}

export function correlationHash(correlationId: string): Buffer {
  return hash('sha256', correlationId, 'buffer').subarray(0, 16);
}

export function shortHash(text: string): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, 8);
}

/** Everything that leads to a hop. */
export function entriesOf({
  hop,
  number,
}: {
  readonly hop: TraceHop;
  readonly number: number;
}): readonly { readonly key: Buffer; readonly value: string }[] {
  const correlation = correlationHash(hop.correlationId);
  const pipeline = shortHash(hop.pipelineId);
  const value = correlation.toString('hex');
  const names = new Set([hop.messageId, hop.correlationId, ...(hop.keys ?? [])]);
  return [
    { key: traceKey(correlation, number), value: pipeline.toString('hex') },
    { key: kindKey(pipeline, hop.kind, number), value },
    ...[...names].map((name) => ({ key: foundKey(pipeline, shortHash(name), number), value })),
  ];
}

function numbered(kind: readonly number[], prefix: Buffer, number: number): Buffer {
  const key = Buffer.allocUnsafe(kind.length + prefix.length + U48);
  key.set(kind, 0);
  key.set(prefix, kind.length);
  key.writeUIntBE(number, kind.length + prefix.length, U48);
  return key;
}
