import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeekedMessage } from '@sluice/engine';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LmdbStore, openLmdbStore } from './index.ts';
import { realClock } from './testing/real-clock.ts';
import { startStoreProcess, type StoreProcess } from './testing/store-process.ts';

const KILLS = 5;

describe('a store whose process is killed', () => {
  let dir: string;
  let worker: StoreProcess | undefined;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-kill-'));
  });
  afterEach(async () => {
    await worker?.kill();
    await rm(dir, { recursive: true });
  });

  it(`has lost nothing that it accepted and returns nothing that was settled, ${KILLS} times`, async () => {
    const told = new Told();
    let letters = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      worker = startStoreProcess('work-until-killed', dir);
      await worker.saysLines(200 + Math.floor(Math.random() * 3_000));
      await worker.kill();
      told.add(worker.lines);

      // At once: neither the lock nor anything else of the dead process stands in the way.
      const store = await openLmdbStore({ dir, clock: realClock });
      const waiting = await everythingIn(store);
      const ids = waiting.map(({ message }) => message.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(missing(told.mustBeThere(), ids)).toEqual([]);
      expect(ids.filter((id) => told.settled.has(id))).toEqual([]);
      expect(ids.filter((id) => !told.tried.has(id))).toEqual([]);
      expectOrder(waiting);
      await expectCounts(store, waiting);
      letters = await expectLetterCounts(store);
      for (const id of told.remembered()) expect(await store.recall(laneOf(id), id)).toBe(id);
      await store.close();
    }
    expect(told.settled.size).toBeGreaterThan(100);
    expect(letters).toBeGreaterThan(0);
  }, 60_000);
});

/** What the processes have told. A line that was cut off by the kill tells nothing. */
class Told {
  readonly tried = new Set<string>();
  readonly appended = new Set<string>();
  readonly settling = new Set<string>();
  readonly settled = new Set<string>();

  add(lines: readonly string[]): void {
    const sets = {
      'try append': this.tried,
      appended: this.appended,
      'try settle': this.settling,
      settled: this.settled,
    };
    for (const line of lines) {
      const match = /^(try append|appended|try settle|settled) ([a-z]+(?:-\d+)*-\d+-\d+)$/.exec(line);
      if (match === null) continue;
      sets[match[1] as keyof typeof sets].add(match[2] as string); // the expression has both groups
    }
  }

  /** Accepted, and nobody has begun to settle it. What was being settled at a kill may be there or not. */
  mustBeThere(): readonly string[] {
    return [...this.appended].filter((id) => !this.settling.has(id));
  }

  /** The first of each commit carried its idempotency key. */
  remembered(): readonly string[] {
    return [...this.appended].filter((id) => Number(id.split('-').at(-1)) % 3 === 0).slice(-200);
  }
}

function laneOf(id: string): string {
  return id.split('-').slice(0, -2).join('-');
}

function missing(expected: readonly string[], ids: readonly string[]): readonly string[] {
  const there = new Set(ids);
  return expected.filter((id) => !there.has(id));
}

async function everythingIn(store: LmdbStore): Promise<readonly PeekedMessage[]> {
  const all: PeekedMessage[] = [];
  for (const source of [{ queue: 'queue' }, { log: 'log', group: 'group' }]) {
    for (let after: { position: number; partition?: number } | undefined; ;) {
      const page = await store.peek({ source, limit: 500, ...(after === undefined ? {} : { after }) });
      all.push(...page);
      const last = page.at(-1);
      if (last === undefined) break;
      after = { position: last.position, ...(last.partition === undefined ? {} : { partition: last.partition }) };
    }
  }
  return all;
}

/** Within a lane of one process, messages stand in the order in which they were appended. */
function expectOrder(waiting: readonly PeekedMessage[]): void {
  const last = new Map<string, number>();
  for (const { message, partition } of waiting) {
    const lane = `${message.id.split('-').slice(0, -1).join('-')} ${partition}`;
    const number = Number(message.id.split('-').at(-1));
    expect(number).toBeGreaterThan(last.get(lane) ?? -1);
    last.set(lane, number);
  }
}

async function expectCounts(store: LmdbStore, waiting: readonly PeekedMessage[]): Promise<void> {
  const onQueue = waiting.filter(({ partition }) => partition === undefined);
  const delayed = (messages: readonly PeekedMessage[]): number =>
    messages.filter(({ state }) => state === 'delayed').length;
  expect(await store.backlog({ queue: 'queue' })).toMatchObject({
    messages: onQueue.length,
    inHand: 0,
    delayed: delayed(onQueue),
  });
  const unread = waiting.filter(({ partition }) => partition !== undefined);
  expect(await store.backlog({ log: 'log', group: 'group' })).toMatchObject({
    messages: unread.length,
    inHand: 0,
    delayed: delayed(unread),
  });
}

/** What is counted as letters come and go is what is there; answers how many. */
async function expectLetterCounts(store: LmdbStore): Promise<number> {
  const letters = await store.deadLetters({ pipelineId: 'pipeline', limit: 1_000_000 });
  const groups = await store.deadLetterGroups('pipeline');
  expect(groups.reduce((sum, { messages }) => sum + messages, 0)).toBe(letters.length);
  for (const { nodeId, cause, messages } of groups)
    expect(letters.filter((letter) => letter.nodeId === nodeId && letter.cause === cause)).toHaveLength(messages);
  const counts = await store.deadLetterCounts('pipeline');
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(letters.length);
  expect((await store.deadLetterUsage('pipeline')).messages).toBe(letters.length);
  return letters.length;
}
