import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { createTestClock } from '@sluice/engine/contracts';
import { describe, expect, it } from 'vitest';
import { openJetStreamStore } from './open-jetstream-store.ts';
import { noServer, startNatsServer } from './testing/nats-server.ts';

const clock = createTestClock();

describe('opening a store', () => {
  it('is refused with the reason where no server listens, and shows no password', async () => {
    const opening = openJetStreamStore({ servers: 'nats://sluice:hunter2@127.0.0.1:1', clock });
    await expect(opening).rejects.toMatchObject({ code: 'message-server-unusable' });
    await expect(opening).rejects.toThrow('127.0.0.1:1');
    await expect(opening).rejects.not.toThrow('hunter2');
  });

  it.each(['', 'a.b', 'a b', 'ä', '*'])('is refused with a prefix that no stream can have: "%s"', async (prefix) => {
    const opening = openJetStreamStore({ servers: '127.0.0.1:1', prefix, clock });
    await expect(opening).rejects.toThrow(`"${prefix}"`);
  });
});

describe.skipIf(noServer)('opening a store on a server', () => {
  it('without JetStream is refused with the reason', async () => {
    await using server = await startNatsServer({ hasJetStream: false });
    const opening = openJetStreamStore({ servers: server.address, clock });
    await expect(opening).rejects.toMatchObject({ code: 'message-server-unusable' });
    await expect(opening).rejects.toThrow(/jetstream/i);
  });

  it('whose data a newer version wrote is refused, and the data stays as it is', async () => {
    await using server = await startNatsServer();
    const options = { servers: server.address, prefix: 'test', clock };
    await (await openJetStreamStore(options)).close();
    const connection = await connect({ servers: server.address });
    const meta = { format: 99, journalled: 1, tokens: 0, nextNumber: 1, serverId: '', objects: [] };
    await jetstream(connection).publish('test.state.meta', JSON.stringify(meta));
    await connection.close();
    await expect(openJetStreamStore(options)).rejects.toThrow('format 99');
    await expect(openJetStreamStore(options)).rejects.toThrow('format 99');
  });

  it('says which promise holds there', async () => {
    await using server = await startNatsServer();
    const store = await openJetStreamStore({ servers: server.address, prefix: 'test', clock });
    expect(store.durability.says).toMatch(/^NATS \d+\.\d+\.\d+ /);
    await store.close();
  });
});
