import { createTestClock } from '@sluice/engine/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JetStreamStore, openJetStreamStore } from './open-jetstream-store.ts';
import { StoreOwnedError } from './store-errors.ts';
import { append, commitAll, drain, idsIn } from './testing/builders.ts';
import { type LossyLine, openLossyLine } from './testing/lossy-line.ts';
import { noServer, startNatsServer, type TestServer } from './testing/nats-server.ts';

describe.skipIf(noServer)('the owner of a store', () => {
  const clock = createTestClock();
  let server: TestServer;
  let line: LossyLine;
  let stores: JetStreamStore[] = [];
  beforeEach(async () => {
    server = await startNatsServer();
    line = await openLossyLine(server);
  });
  afterEach(async () => {
    for (const store of stores) await store.crash();
    stores = [];
    await line[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const open = async (servers = server.address, prefix = 'test'): Promise<JetStreamStore> => {
    const store = await openJetStreamStore({ servers, prefix, clock, patienceMs: 20_000 });
    stores.push(store);
    return store;
  };

  it('is one: a second is refused, and told who the first is', async () => {
    const store = await open();
    await expect(open()).rejects.toThrow(`process ${process.pid}`);
    await expect(open()).rejects.toMatchObject({ code: 'message-store-in-use' });
    await commitAll(store, append('a'));
    expect(await drain(store)).toEqual(['a']);
  });

  it('is one for each prefix', async () => {
    const stored = await Promise.all([open(), open(server.address, 'other')]);
    for (const [index, store] of stored.entries()) await commitAll(store, append(`m${index}`));
    for (const [index, store] of stored.entries()) expect(await drain(store)).toEqual([`m${index}`]);
  });

  it.each(['close', 'crash'] as const)('may be another after a %s', async (how) => {
    const first = await open();
    await commitAll(first, append('a'));
    await first[how]();
    expect(await drain(await open())).toEqual(['a']);
  });

  it('is one of several that come at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const came = await Promise.allSettled([open(), open(), open()]);
      const owners = came.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      for (const one of came) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(StoreOwnedError);
      expect(owners.length).toBeLessThanOrEqual(1);
      for (const owner of owners) {
        await commitAll(owner, append(`m${round}`));
        await owner.close();
      }
    }
  });

  it('S1: that the server has lost sight of is replaced, and can write no more', async () => {
    const first = await open(line.address);
    await commitAll(first, append('a'));
    expect(await idsIn(first)).toEqual(['a']);
    const failed = new Promise((resolve) => {
      first.onFailure(resolve);
    });
    line.loseServerSide(); // it is silent, as it would be when its machine has lost the network, or its process is stopped
    const second = await open();
    await commitAll(second, append('b'));
    line.heal();
    await expect(first.commit([append('never')])).rejects.toMatchObject({
      code: 'store-failed',
      cause: { code: 'message-store-taken-over' },
    });
    expect(await failed).toMatchObject({ cause: { code: 'message-store-taken-over' } });
    expect(await drain(second)).toEqual(['a', 'b']);
  });

  it('S1: that is replaced before its last commit was applied changes nothing when it applies it', async () => {
    const first = await open(line.address);
    await commitAll(first, { op: 'cursor', source: 's', value: 'old' }, append('a'));
    expect(await idsIn(first)).toEqual(['a']);
    const lost = line.loseAfter('test.journal');
    await commitAll(first, { op: 'cursor', source: 's', value: 'of the first' }, append('b'));
    await lost;
    line.loseServerSide();
    const second = await open();
    await commitAll(second, { op: 'cursor', source: 's', value: 'of the second' });
    expect(await drain(second)).toEqual(['a', 'b']);
    line.heal();
    await expect(first.commit([append('never')])).rejects.toMatchObject({ code: 'store-failed' });
    expect(await second.cursor('s')).toBe('of the second');
    expect(await idsIn(second)).toEqual([]);
  });
});
