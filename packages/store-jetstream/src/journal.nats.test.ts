import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { createTestClock } from '@sluice/engine/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type JetStreamStore, openJetStreamStore } from './open-jetstream-store.ts';
import { ack, append, commitAll, drain, idsIn, leaseAll } from './testing/builders.ts';
import { dropStreams } from './testing/drop-streams.ts';
import { noServer, startNatsServer, type TestServer } from './testing/nats-server.ts';

describe.skipIf(noServer)('the journal', () => {
  const clock = createTestClock();
  let server: TestServer;
  let store: JetStreamStore;
  const open = (): Promise<JetStreamStore> =>
    openJetStreamStore({ servers: server.address, prefix: 'test', clock, patienceMs: 20_000 });
  const withConnection = async <T>(
    use: (connection: Awaited<ReturnType<typeof connect>>) => Promise<T>,
  ): Promise<T> => {
    const connection = await connect({ servers: server.address });
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  };
  const messagesInJournal = (): Promise<number> =>
    withConnection(async (connection) => {
      const manager = await jetstreamManager(connection);
      return (await manager.streams.info('test-journal')).state.messages;
    });
  beforeAll(async () => {
    server = await startNatsServer();
  });
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    await dropStreams(server.address, 'test');
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('S1: takes a commit that is larger than a message of the server, whole', async () => {
    const ids = Array.from({ length: 6 }, (_, number) => `m${number}`);
    const payload = 'ü"\\🚀'.repeat(60_000);
    await commitAll(store, ...ids.map((id) => append(id, { payload })));
    await store.crash();
    store = await open();
    const leases = await leaseAll(store);
    expect(leases.map(({ message }) => message.id)).toEqual(ids);
    expect(leases.every(({ message }) => message.payload === payload)).toBe(true);
  });

  it('S1: passes over a commit of which a part is missing, because its owner died', async () => {
    await commitAll(store, append('a'));
    await store.crash();
    await withConnection((connection) => jetstream(connection).publish('test.journal', 'half 0 2\n{"effects":[],"wri'));
    store = await open();
    await commitAll(store, append('b'));
    await store.crash();
    store = await open();
    expect(await drain(store)).toEqual(['a', 'b']);
  });

  it('refuses a message that the server would not take, and goes on', async () => {
    const payload = 'x'.repeat(1_100_000);
    await expect(store.commit([append('a'), append('too large', { payload })])).rejects.toMatchObject({
      code: 'message-too-large',
    });
    await commitAll(store, append('b'));
    expect(await drain(store)).toEqual(['b']);
  });

  it('S10: is cut once checkpoints and 5 minutes have passed, and a crash afterwards loses nothing', async () => {
    const work = async (name: string): Promise<void> => {
      for (let number = 0; number < 600; number += 1) await commitAll(store, append(`${name}${number}`));
    };
    await work('a');
    expect(await messagesInJournal()).toBeGreaterThan(600);
    clock.advance(6 * 60_000);
    await work('b');
    expect(await messagesInJournal()).toBeLessThan(900);
    const leases = await leaseAll(store, 500);
    await commitAll(store, ...leases.map(ack));
    await store.crash();
    store = await open();
    const left = await idsIn(store);
    expect(left).toHaveLength(700);
    expect([left[0], left.at(-1)]).toEqual(['a500', 'b599']);
  });
});
