import { writeSync } from 'node:fs';
import type { Clock, Lease, LeaseSource, StoreOperation } from '@sluice/engine';
import { openJetStreamStore } from '../open-jetstream-store.ts';
import { ack, append, QUEUE } from './builders.ts';

/**
 * Appends, leases and settles as fast as it can, and tells of each message, in order: "try append", "appended" once the
 * commit is answered, "try settle", "settled" once that is answered. Some messages it puts back, some it keeps in hand.
 */
const clock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer: (delayMs, fire) => setTimeout(fire, delayMs),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout), // made by setTimer
};
const SOURCE: LeaseSource = { kind: 'queue', queue: QUEUE };
const [servers = '', prefix = ''] = process.argv.slice(2);
const tell = (what: string, ...ids: readonly string[]): void => {
  writeSync(1, ids.map((id) => `${what} ${id}\n`).join('')); // at once: a buffered line would be lost with the process
};

const store = await openJetStreamStore({ servers, prefix, clock });
await Promise.all([produce('plain', () => ({})), produce('grouped', () => ({ group: 'g' })), consume(), consume()]);

async function produce(lane: string, more: () => { readonly group?: string }): Promise<never> {
  for (let number = 0; ; number += 3) {
    const ids = [number, number + 1, number + 2].map((one) => `${lane}-${process.pid}-${one}`);
    tell('try append', ...ids);
    const result = await store.commit(ids.map((id) => append(id, { ...more(), payload: 'x'.repeat(200) })));
    if (!result.ok) throw new Error(`The commit was refused: ${result.reason}`);
    tell('appended', ...ids);
  }
}

async function consume(): Promise<never> {
  for (;;) {
    const { leases } = await store.lease({ source: SOURCE, max: 8, leaseMs: 60_000 });
    const settled = leases.filter((_, index) => index !== 5); // some stay in hand
    const ids = settled.filter((_, index) => index % 4 !== 3).map(({ message }) => message.id);
    tell('try settle', ...ids);
    const result = await store.commit(settled.map((lease, index) => settlement(lease, index)));
    if (!result.ok) throw new Error(`The commit was refused: ${result.reason}`);
    tell('settled', ...ids);
  }
}

function settlement(lease: Lease, index: number): StoreOperation {
  if (index % 4 !== 3) return ack(lease);
  const failure = { attempt: lease.message.attempt, at: 0, code: 'target-status', message: 'answered 503' };
  return { op: 'retry', lease, dueAt: clock.now(), failure };
}
