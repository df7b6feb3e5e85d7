import type { Lease, MessageStore } from '@sluice/engine';
import { placeOf, type HistoryEntry } from './history.ts';

/**
 * What must never be found in a history of the store, whatever happened: the anomalies that Jepsen's tests of queues and
 * logs look for, in our words. Each answers what is wrong, in words; empty when nothing is.
 */
type Checker = (history: readonly HistoryEntry[]) => readonly string[];

/** Two leases of one message that had not ended. */
export const doubleLeases: Checker = (history) => {
  const wrongs: string[] = [];
  const held = new Map<string, Map<number, { readonly token: number; until: number }>>();
  const at = (place: string): Map<number, { readonly token: number; until: number }> => {
    const known = held.get(place) ?? new Map<number, { readonly token: number; until: number }>();
    held.set(place, known);
    return known;
  };
  for (const entry of history) {
    if (entry.kind === 'crashed') held.clear();
    if (entry.kind === 'sought') forget([held], entry.group);
    if (entry.kind === 'leased') {
      const { lease } = entry;
      const place = at(placeOf(lease.source));
      const other = place.get(lease.position);
      if (other !== undefined && other.until > entry.at)
        wrongs.push(`double lease: ${lease.message.id} at ${placeOf(lease.source)} ${lease.position}, at ${entry.at}`);
      place.set(lease.position, { token: lease.token, until: entry.at + entry.leaseMs });
    }
    if (entry.kind === 'extended') {
      const known = at(placeOf(entry.lease.source)).get(entry.lease.position);
      if (known?.token === entry.lease.token) known.until = entry.at + entry.leaseMs;
    }
    if (entry.kind === 'committed') {
      for (const operation of entry.operations) {
        if (operation.op !== 'ack' && operation.op !== 'retry' && operation.op !== 'release') continue;
        const place = at(placeOf(operation.lease.source));
        place.delete(operation.lease.position);
        // A partition takes back what was handed out behind.
        if (operation.op !== 'ack' && operation.lease.source.kind === 'group')
          for (const position of place.keys()) if (position > operation.lease.position) place.delete(position);
      }
    }
  }
  return wrongs;
};

/** A message that was settled and came again, although nobody sought back. */
export const resurrections: Checker = (history) => {
  const wrongs: string[] = [];
  const settled = new Map<string, Set<number>>();
  for (const entry of history) {
    if (entry.kind === 'sought') forget([settled], entry.group);
    if (entry.kind === 'leased' && settled.get(placeOf(entry.lease.source))?.has(entry.lease.position) === true)
      wrongs.push(`resurrected: ${entry.lease.message.id} at ${placeOf(entry.lease.source)} ${entry.lease.position}`);
    for (const lease of acksOf(entry)) {
      const place = placeOf(lease.source);
      settled.set(place, (settled.get(place) ?? new Set()).add(lease.position));
    }
  }
  return wrongs;
};

/** Two messages at one place. */
export const inconsistentOffsets: Checker = (history) => {
  const wrongs: string[] = [];
  const known = new Map<string, string>();
  for (const entry of history) {
    if (entry.kind !== 'leased') continue;
    const { source, position, message } = entry.lease;
    const place = source.kind === 'queue' ? source.queue : `${source.log}[${source.partition}]`;
    const name = `${place} ${position}`;
    const other = known.get(name);
    if (other !== undefined && other !== message.id)
      wrongs.push(`inconsistent offset: ${other} and ${message.id} at ${name}`);
    known.set(name, message.id);
  }
  return wrongs;
};

/** One message at two places of one queue or log. `redriven`: message ids that were put back on purpose. */
export const duplicateValues: Checker = (history) => {
  const wrongs: string[] = [];
  const stored = new Set<string>();
  for (const entry of history) {
    if (entry.kind !== 'committed') continue;
    const isRedrive = entry.operations.some(({ op }) => op === 'take-letter');
    for (const operation of entry.operations) {
      if (operation.op !== 'append' && operation.op !== 'publish') continue;
      const name = `${operation.op === 'append' ? operation.queue : operation.log} ${operation.message.id}`;
      if (stored.has(name) && !isRedrive) wrongs.push(`duplicate value: ${name}, at ${entry.at}`);
      stored.add(name);
    }
  }
  return wrongs;
};

/** A group that leaves a message out, or goes back without a reason. */
export const skippedPolls: Checker = (history) => {
  const wrongs: string[] = [];
  /** Behind what is settled, by partition and group. */
  const next = new Map<string, number>();
  /** What was handed out last. */
  const last = new Map<string, number>();
  for (const entry of history) {
    if (entry.kind === 'crashed') last.clear();
    if (entry.kind === 'sought' || entry.kind === 'dropped') forget([next, last], entry.group);
    for (const lease of acksOf(entry))
      if (lease.source.kind === 'group') next.set(placeOf(lease.source), lease.position + 1);
    if (entry.kind !== 'leased' || entry.lease.source.kind !== 'group') continue;
    const place = placeOf(entry.lease.source);
    const { position } = entry.lease;
    const expected = next.get(place) ?? 0;
    const follows = last.get(place) === position - 1 && position > expected;
    last.set(place, position);
    if (position === expected || follows || !next.has(place)) continue;
    if (position > expected) wrongs.push(`poll skip: ${place} went from ${expected} to ${position}, at ${entry.at}`);
    else wrongs.push(`nonmonotonic poll: ${place} went back from ${expected} to ${position}, at ${entry.at}`);
  }
  return wrongs;
};

/** Somebody was told that a message is accepted before it was stored, or that it is known before it was. */
export const earlyAnswers: Checker = (history) => {
  const wrongs: string[] = [];
  const stored = new Set<string>();
  for (const entry of history) {
    if (entry.kind === 'committed') {
      for (const operation of entry.operations) {
        if (operation.op === 'append' || operation.op === 'publish') stored.add(operation.message.correlationId);
        if (operation.op === 'remember') stored.add(operation.messageId);
      }
    }
    if (entry.kind === 'told' && entry.status !== 'delivered' && !stored.has(entry.correlationId))
      wrongs.push(`early answer: ${entry.correlationId} was ${entry.status} before it was stored, at ${entry.at}`);
  }
  return wrongs;
};

/** What was put on a queue is settled, purged or still there; what is dead is on the shelf or was taken from it. */
export async function imbalances(history: readonly HistoryEntry[], store: MessageStore): Promise<readonly string[]> {
  const wrongs: string[] = [];
  const appended = new Map<string, number>();
  const letters = new Map<string, Set<string>>();
  const count = (queue: string, by: number): void => void appended.set(queue, (appended.get(queue) ?? 0) + by);
  for (const entry of history) {
    if (entry.kind === 'purged') count(entry.queue, -entry.messages);
    if (entry.kind !== 'committed') continue;
    for (const operation of entry.operations) {
      if (operation.op === 'append') count(operation.queue, 1);
      if (operation.op === 'ack' && operation.lease.source.kind === 'queue') count(operation.lease.source.queue, -1);
      if (operation.op === 'dead-letter') {
        const { pipelineId, id } = operation.letter;
        letters.set(pipelineId, (letters.get(pipelineId) ?? new Set()).add(id));
      }
      if (operation.op === 'take-letter') letters.get(operation.pipelineId)?.delete(operation.letterId);
    }
  }
  for (const [queue, expected] of appended) {
    const { messages } = await store.backlog({ queue });
    if (messages !== expected) wrongs.push(`imbalance: ${queue} holds ${messages}, its history says ${expected}`);
  }
  for (const [pipelineId, expected] of letters) {
    const { messages } = await store.deadLetterUsage(pipelineId);
    if (messages !== expected.size)
      wrongs.push(`imbalance: ${pipelineId} keeps ${messages} dead letters, its history says ${expected.size}`);
  }
  return wrongs;
}

/** All of them. */
export async function wrongsOfHistory(
  history: readonly HistoryEntry[],
  store: MessageStore,
): Promise<readonly string[]> {
  const checkers = [doubleLeases, resurrections, inconsistentOffsets, duplicateValues, skippedPolls, earlyAnswers];
  return [...checkers.flatMap((check) => check(history).slice(0, 3)), ...(await imbalances(history, store))];
}

function acksOf(entry: HistoryEntry): readonly Lease[] {
  if (entry.kind !== 'committed') return [];
  return entry.operations.flatMap((operation) => (operation.op === 'ack' ? [operation.lease] : []));
}

/** Forgets what is known of a group, on every partition. */
function forget(maps: readonly Map<string, unknown>[], group: string): void {
  for (const map of maps) for (const place of map.keys()) if (place.startsWith(`${group} of `)) map.delete(place);
}
