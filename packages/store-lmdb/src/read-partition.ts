import type { AttemptRecord, Lease, LeaseResult } from '@sluice/engine';
import { lastNumber, logMessageKey, runKey, triedInPartitionKey } from './keys.ts';
import type { LeaseCall } from './hand-out.ts';
import type { Reader, RunRecord } from './log-state.ts';
import { decodeHandedOut, decodeMessage, withFailure } from './message-codec.ts';
import { NEVER_TRIED, type Tried } from './queue-state.ts';
import type { WriteBatch } from './write-batch.ts';

export function leaseFromPartition(batch: WriteBatch, reader: Reader, call: LeaseCall): () => LeaseResult {
  if (!takeBackExpired(batch, reader, call.at.monotonicMs)) return () => ({ leases: [] });
  const { messages } = batch.environment;
  const { group, partition, position } = reader;
  const log = group.log.number;
  const stopsAt = firstDelayed(reader, call.at.now);
  const texts: string[] = [];
  const unread = messages.getRange({
    start: logMessageKey(log, partition, position),
    end: logMessageKey(log, partition, stopsAt),
    limit: call.max,
  });
  for (const { key, value } of unread) {
    if (lastNumber(key) !== position + texts.length) break;
    if (call.enqueuedBefore !== undefined && decodeMessage(value).enqueuedAt >= call.enqueuedBefore) break;
    texts.push(value);
  }
  if (texts.length === 0) {
    const dueAt = reader.tried.get(position)?.dueAt;
    return () => (dueAt === undefined ? { leases: [] } : { leases: [], nextDueAt: dueAt });
  }
  const { first, hasReserved } = batch.state.takeTokens(texts.length);
  if (hasReserved) batch.touchMeta();
  const endsAtMs = call.at.monotonicMs + call.leaseMs;
  reader.run = texts.map((text, index) => ({
    offset: position + index,
    token: first + index,
    bytes: Buffer.byteLength(text),
    endsAtMs,
  }));
  putRun(batch, reader);
  const tried = texts.map((_, index) => reader.tried.get(position + index));
  for (const [index, one] of tried.entries()) {
    if (one?.dueAt === undefined) continue;
    const { attempts, crashes, history, token } = one;
    putTried(batch, reader, { offset: position + index, tried: { attempts, crashes, history, token } }); // waits no longer
  }
  const expiresAt = call.at.now + call.leaseMs;
  const newFrom = reader.passed?.position ?? position;
  return () => ({
    leases: texts.map((text, index): Lease => {
      const lease = {
        source: reader.source,
        position: position + index,
        token: first + index,
        expiresAt,
        message: decodeHandedOut(text, (tried[index]?.attempts ?? 0) + 1),
        crashes: tried[index]?.crashes ?? 0,
        history: tried[index]?.history ?? [],
      };
      return lease.position < newFrom ? { ...lease, replayed: true } : lease;
    }),
  });
}

/** Settlements of one commit on one partition of one group, in any order. */
export interface PartitionSettlements {
  readonly acks: Lease[];
  readonly retries: { readonly lease: Lease; readonly dueAt: number; readonly failure: AttemptRecord }[];
  readonly releases: { readonly lease: Lease; readonly dueAt?: number }[];
  readonly positions: Set<number>;
}

/** The first ack, in order, before which something stays unsettled. */
export function ackOutOfOrder(reader: Reader, acks: readonly Lease[]): Lease | undefined {
  return inOrder(acks).find((lease, index) => lease.position !== reader.position + index);
}

/** Takes settlements that were found in hand and in order. */
export function settleInPartition(
  batch: WriteBatch,
  reader: Reader,
  { acks, retries, releases }: PartitionSettlements,
): void {
  for (const lease of inOrder(acks)) {
    const held = reader.run.shift();
    if (held?.offset !== lease.position) throw new Error(`Offset ${lease.position} was checked and is not next.`);
    reader.advance(held.bytes);
    if (reader.tried.delete(held.offset))
      batch.removeIndex(triedInPartitionKey(reader.group.number, reader.partition, held.offset));
  }
  if (acks.length > 0) batch.touchReader(reader);
  for (const { lease, dueAt, failure } of retries) {
    const { attempts, crashes, history } = reader.tried.get(lease.position) ?? NEVER_TRIED;
    putTried(batch, reader, {
      offset: lease.position,
      tried: { attempts: attempts + 1, crashes, history: withFailure(history, failure), token: lease.token, dueAt },
    });
    reader.run = reader.run.filter((held) => held.offset < lease.position);
  }
  for (const { lease, dueAt } of releases) {
    if (dueAt !== undefined) {
      const { attempts, crashes, history } = reader.tried.get(lease.position) ?? NEVER_TRIED;
      const tried = { attempts, crashes, history, token: lease.token, dueAt };
      putTried(batch, reader, { offset: lease.position, tried });
    }
    reader.run = reader.run.filter((held) => held.offset < lease.position);
  }
  if (reader.run.length === 0 || retries.length + releases.length > 0) putRun(batch, reader);
  if (reader.run.length === 0 && reader.unreadMessages > 0) batch.tellReady(reader.source);
}

/** What is in hand, as a crash has to find it. Acked offsets lie before the position, so only a shorter end must be told. */
export function putRun(batch: WriteBatch, reader: Reader): void {
  const key = runKey(reader.group.number, reader.partition);
  const head = reader.run[0];
  if (head === undefined) batch.removeIndex(key);
  else
    batch.putIndex(
      key,
      JSON.stringify({ from: head.offset, count: reader.run.length, firstToken: head.token } satisfies RunRecord),
    );
}

export function putTried(
  batch: WriteBatch,
  reader: Reader,
  { offset, tried }: { readonly offset: number; readonly tried: Tried },
): void {
  reader.tried.set(offset, tried);
  batch.putIndex(triedInPartitionKey(reader.group.number, reader.partition, offset), JSON.stringify(tried));
}

/** Counts an attempt for each message of the run whose time has run out. */
export function countExpired(batch: WriteBatch, reader: Reader, monotonicMs: number): void {
  for (const held of reader.run) {
    if (held.endsAtMs > monotonicMs) continue;
    const { attempts, crashes, history } = reader.tried.get(held.offset) ?? NEVER_TRIED;
    putTried(batch, reader, {
      offset: held.offset,
      tried: { attempts: attempts + 1, crashes, history, token: held.token },
    });
  }
}

/** False while a run is in hand. */
function takeBackExpired(batch: WriteBatch, reader: Reader, monotonicMs: number): boolean {
  const head = reader.run[0];
  if (head === undefined) return true;
  if (head.endsAtMs > monotonicMs) return false;
  countExpired(batch, reader, monotonicMs);
  reader.run = [];
  putRun(batch, reader); // nothing may be ready: then nothing else says that nobody has it
  return true;
}

/** The first offset that waits for a later time, or the end. What is due is due no longer: it is handed out now. */
function firstDelayed(reader: Reader, now: number): number {
  let first = reader.end;
  for (const [offset, tried] of reader.tried)
    if (tried.dueAt !== undefined && tried.dueAt > now) first = Math.min(first, offset);
  return first;
}

function inOrder(leases: readonly Lease[]): readonly Lease[] {
  return leases.length < 2 ? leases : leases.toSorted((a, b) => a.position - b.position);
}
