import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lease, StoreOperation } from '../../ports/message-store.ts';
import type { MessageStoreContract } from '../message-store.contract.ts';
import { ack, append, commitAll, LEASE_MS, leaseUpTo, QUEUE, queueSource, release, retry } from './builders.ts';
import { openSubject, type Subject } from './subject.ts';

const ACTORS = 6;
const STEPS = 15;
const PHASES = 3;

/**
 * Actors append, lease and settle at the same time, at random, while time passes and the store comes up again between
 * phases. Where the model of `store-model.ts` knows each answer, this only knows what may never happen.
 */
export function describeRandomActors(contract: MessageStoreContract): void {
  describe(`message store: ${contract.name}`, () => {
    it('S2, S4: loses nothing, hands nothing out twice and keeps the order of groups, whatever several do at the same time', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1 }), async (seed) => {
          const subject = await openSubject(contract);
          try {
            await playAll(subject, { random: randomFrom(seed), restarts: contract.capabilities.restarts });
          } finally {
            await subject.dispose();
          }
        }),
        { numRuns: Math.ceil((contract.modelRuns ?? 100) / 10) },
      );
    }, 60_000);
  });
}

async function playAll(
  subject: Subject,
  { random, restarts }: { readonly random: Random; readonly restarts: boolean },
): Promise<void> {
  const watch = new Watch(subject);
  for (let phase = 0; phase < PHASES; phase += 1) {
    await Promise.all(Array.from({ length: ACTORS }, () => play(subject, watch, random)));
    if (!restarts) continue;
    await subject.restart(random(2) === 0 ? 'close' : 'crash');
    watch.allTakenBack();
  }
  await settleTheRest(subject, watch);
  expect(watch.unsettled()).toEqual([]);
  expect(await subject.store.backlog({ queue: QUEUE })).toEqual({ messages: 0, bytes: 0, inHand: 0, delayed: 0 });
}

async function play(subject: Subject, watch: Watch, random: Random): Promise<void> {
  const { store, clock } = subject;
  const own: Lease[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    const choice = random(10);
    if (choice < 3) await watch.append(1 + random(3), random);
    else if (choice < 6) own.push(...watch.received((await leaseUpTo(store, 1 + random(5))).leases));
    else if (choice < 9) await watch.settle(own.splice(random(own.length + 1), 1 + random(3)), random);
    else {
      clock.advance(random(4) === 0 ? LEASE_MS + random(1_000) : random(100));
      watch.timeHasPassed();
    }
  }
}

/** What is known from the outside, and what it forbids. */
class Watch {
  readonly #subject: Subject;
  /** Group of each appended message, in order of appending. */
  readonly #appended = new Map<string, string | undefined>();
  readonly #acked = new Set<string>();
  /** Acks that have been sent and not refused. */
  readonly #ackSent = new Map<string, number>();
  readonly #inHand = new Map<string, Lease>();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  async append(count: number, random: Random): Promise<void> {
    await commitAll(this.#subject.store, ...this.#makeAppends(count, random));
  }

  received(leases: readonly Lease[]): readonly Lease[] {
    for (const lease of leases) {
      const { id } = lease.message;
      expect(this.#acked, `${id} was settled`).not.toContain(id);
      expect(this.#inHand.has(id), `${id} is in two hands`).toBe(false);
      this.#expectFirstOfGroup(id);
      if (lease.expiresAt > this.#subject.clock.now()) this.#inHand.set(id, lease);
    }
    return leases;
  }

  async settle(leases: readonly Lease[], random: Random): Promise<void> {
    const { store, clock } = this.#subject;
    const operations = leases.map((lease): StoreOperation => {
      const choice = random(5);
      if (choice === 0) return release(lease);
      return choice === 1 ? retry(lease, clock.now() + random(3) * 50) : ack(lease);
    });
    const acked = operations.flatMap((operation) => (operation.op === 'ack' ? [operation.lease.message.id] : []));
    for (const { message, token } of leases)
      if (this.#inHand.get(message.id)?.token === token) this.#inHand.delete(message.id);
    for (const id of acked) this.#ackSent.set(id, (this.#ackSent.get(id) ?? 0) + 1);
    const outputs = random(3) === 0 ? this.#makeAppends(1, random) : [];
    const result = await store.commit([...operations, ...outputs]);
    if (result.ok) {
      for (const id of acked) {
        expect(this.#acked, `${id} was settled twice`).not.toContain(id);
        this.#acked.add(id);
      }
      return;
    }
    if (result.reason !== 'lease-lost') throw new Error(`The commit was refused: ${result.reason}`);
    expect(result.lease.expiresAt, 'only an expired lease is lost').toBeLessThanOrEqual(clock.now());
    for (const id of acked) this.#ackSent.set(id, (this.#ackSent.get(id) ?? 0) - 1);
    for (const output of outputs) this.#appended.delete(output.message.id);
  }

  /** Expired leases may be handed out again. */
  timeHasPassed(): void {
    for (const [id, lease] of this.#inHand) if (lease.expiresAt <= this.#subject.clock.now()) this.#inHand.delete(id);
  }

  allTakenBack(): void {
    this.#inHand.clear();
  }

  unsettled(): readonly string[] {
    return [...this.#appended.keys()].filter((id) => !this.#acked.has(id));
  }

  #makeAppends(count: number, random: Random): (StoreOperation & { readonly op: 'append' })[] {
    return Array.from({ length: count }, () => {
      const id = `m${this.#appended.size + 1}-${random(1_000_000)}`;
      const group = [undefined, 'g', 'h'][random(3)];
      this.#appended.set(id, group);
      return append(id, { priority: random(10), ...(group === undefined ? {} : { group }) });
    });
  }

  #expectFirstOfGroup(id: string): void {
    const group = this.#appended.get(id);
    if (group === undefined) return;
    for (const [earlier, other] of this.#appended) {
      if (earlier === id) return;
      if (other === group) expect(this.#ackSent.get(earlier) ?? 0, `${id} came before ${earlier}`).toBeGreaterThan(0);
    }
  }
}

async function settleTheRest({ store, clock }: Subject, watch: Watch): Promise<void> {
  for (let idle = 0; idle < 3;) {
    clock.advance(LEASE_MS + 1_000);
    watch.timeHasPassed();
    const leases = watch.received((await leaseUpTo(store, 16, queueSource())).leases);
    idle = leases.length === 0 ? idle + 1 : 0;
    await watch.settle(leases, () => 4); // ack, without outputs
  }
}

/** A whole number from 0 to before the limit. */
type Random = (limit: number) => number;

/** Mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): Random {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * limit);
  };
}
