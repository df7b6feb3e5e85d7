import { createTestClock } from '@sluice/engine/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openJetStreamStore } from './open-jetstream-store.ts';
import { DELAYED_KNOWN_MAX } from './queue-state.ts';
import { ack, append, commitAll, leaseAll, QUEUE } from './testing/builders.ts';
import { noServer, startNatsServer, type TestServer } from './testing/nats-server.ts';

const GROUPS = DELAYED_KNOWN_MAX + 400;
const AT_ONCE = 500;

describe.skipIf(noServer)('more messages that wait for a time than are known', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('S4, S10: come when they are due, hold their groups up until then, and do so after a crash', async () => {
    const clock = createTestClock();
    const open = () => openJetStreamStore({ servers: server.address, prefix: 'test', clock });
    let store = await open();
    const groups = Array.from({ length: GROUPS }, (_, number) => `g${number}`);
    for (let start = 0; start < GROUPS; start += AT_ONCE)
      await commitAll(
        store,
        ...groups.slice(start, start + AT_ONCE).map((group) => append(`${group} first`, { group })),
      );
    // The later it came, the sooner it is due.
    const start = clock.now();
    const dueAt = (group: string): number => start + 10_000 + (GROUPS - Number(group.slice(1)));
    for (let leased = 0; leased < GROUPS; leased += AT_ONCE) {
      const leases = await leaseAll(store, AT_ONCE);
      const failure = { attempt: 1, at: start, code: 'target-status', message: 'answered 503' };
      await commitAll(
        store,
        ...leases.map(
          (lease) => ({ op: 'retry', lease, dueAt: dueAt(lease.message.id.split(' ')[0]!), failure }) as const,
        ),
      );
    }
    await commitAll(store, ...groups.slice(0, 200).map((group) => append(`${group} second`, { group })));
    await store.crash();
    store = await open();
    expect(await store.backlog({ queue: QUEUE })).toMatchObject({
      messages: GROUPS + 200,
      delayed: GROUPS,
      inHand: 0,
    });

    const source = { kind: 'queue', queue: QUEUE } as const;
    const tooEarly = await store.lease({ source, max: 10, leaseMs: 30_000 });
    expect(tooEarly).toEqual({ leases: [], nextDueAt: dueAt(groups.at(-1)!) });

    const came: string[] = [];
    for (let step = 0; step < 12; step += 1) {
      clock.advance(step === 0 ? 10_000 : Math.ceil(GROUPS / 11) + 1);
      for (;;) {
        const leases = await leaseAll(store, AT_ONCE);
        if (leases.length === 0) break;
        for (const { message } of leases) {
          const [group = '', which] = message.id.split(' ');
          expect(dueAt(group)).toBeLessThanOrEqual(clock.now());
          expect(message.attempt).toBe(which === 'first' ? 2 : 1);
        }
        came.push(...leases.map(({ message }) => message.id));
        await commitAll(store, ...leases.map(ack));
      }
    }
    expect(came.toSorted()).toEqual(
      [
        ...groups.map((group) => `${group} first`),
        ...groups.slice(0, 200).map((group) => `${group} second`),
      ].toSorted(),
    );
    for (const group of groups.slice(0, 200))
      expect(came.indexOf(`${group} first`)).toBeLessThan(came.indexOf(`${group} second`));
    expect(await store.backlog({ queue: QUEUE })).toEqual({ messages: 0, bytes: 0, inHand: 0, delayed: 0 });
    await store.close();
  }, 60_000);
});
