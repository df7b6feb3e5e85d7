import { createTestClock } from '@sluice/engine/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJetStreamStore } from './open-jetstream-store.ts';
import { drain, QUEUE } from './testing/builders.ts';
import { noServer, startNatsServer, type TestServer } from './testing/nats-server.ts';
import { startStoreProcess, type StoreProcess } from './testing/store-process.ts';

const KILLS = 4;
const PREFIX = 'test';

describe.skipIf(noServer)('a store whose owner is killed, and now and then its server', () => {
  let server: TestServer;
  let owner: StoreProcess | undefined;
  beforeEach(async () => {
    server = await startNatsServer();
  });
  afterEach(async () => {
    await owner?.kill();
    await server[Symbol.asyncDispose]();
  });

  it(`C1, C2, S3: has lost nothing that it accepted and returns nothing that was settled, ${KILLS} times`, async () => {
    const told = new Told();
    for (let kill = 0; kill < KILLS; kill += 1) {
      owner = startStoreProcess(server.address, PREFIX);
      await owner.saysLines(300 + Math.floor(Math.random() * 1_000));
      if (kill % 2 === 1) await server.stop('SIGKILL');
      await owner.kill();
      if (kill % 2 === 1) await server.start();
      told.add(owner.lines);

      const store = await openJetStreamStore({ servers: server.address, prefix: PREFIX, clock: createTestClock() });
      const waiting = await store.peek({ source: { queue: QUEUE }, limit: 100_000 });
      const ids = waiting.map(({ message }) => message.id);
      const there = new Set(ids);
      expect(there.size).toBe(ids.length);
      expect([...told.mustBeThere()].filter((id) => !there.has(id))).toEqual([]);
      expect(ids.filter((id) => told.settled.has(id))).toEqual([]);
      expect(ids.filter((id) => !told.tried.has(id))).toEqual([]);
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({
        messages: ids.length,
        inHand: 0,
        delayed: waiting.filter(({ state }) => state === 'delayed').length,
      });
      await store.close();
    }
    expect(told.settled.size).toBeGreaterThan(100);
    const last = await openJetStreamStore({
      servers: server.address,
      prefix: PREFIX,
      clock: createTestClock(Date.now()),
    });
    const left = await drain(last);
    expect(left.filter((id) => told.settled.has(id))).toEqual([]);
    expect([...told.mustBeThere()].filter((id) => !left.includes(id))).toEqual([]);
    expect(await last.backlog({ queue: QUEUE })).toEqual({ messages: 0, bytes: 0, inHand: 0, delayed: 0 });
    await last.close();
  }, 60_000);
});

/** What the processes have told. A line that was cut off by the kill tells nothing. */
class Told {
  readonly tried = new Set<string>();
  readonly #appended = new Set<string>();
  readonly #settling = new Set<string>();
  readonly settled = new Set<string>();

  add(lines: readonly string[]): void {
    const sets = {
      'try append': this.tried,
      appended: this.#appended,
      'try settle': this.#settling,
      settled: this.settled,
    };
    for (const line of lines) {
      const match = /^(try append|appended|try settle|settled) ((?:plain|grouped)-\d+-\d+)$/.exec(line);
      if (match !== null) sets[match[1] as keyof typeof sets].add(match[2] as string); // the expression has both groups
    }
  }

  /** Accepted, and nobody has begun to settle it. What was being settled at a kill may be there or not. */
  mustBeThere(): readonly string[] {
    return [...this.#appended].filter((id) => !this.#settling.has(id));
  }
}
