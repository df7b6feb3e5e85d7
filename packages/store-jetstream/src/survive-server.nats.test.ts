import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestClock } from '@sluice/engine/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JetStreamStore, openJetStreamStore } from './open-jetstream-store.ts';
import { ack, append, commitAll, drain, idsIn, leaseAll, QUEUE } from './testing/builders.ts';
import { type LossyLine, openLossyLine } from './testing/lossy-line.ts';
import { noServer, startNatsServer, type TestServer } from './testing/nats-server.ts';

describe.skipIf(noServer)('with a nats-server that ends', () => {
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
  const open = async (servers = server.address, patienceMs = 20_000): Promise<JetStreamStore> => {
    const store = await openJetStreamStore({ servers, prefix: 'test', clock, patienceMs });
    stores.push(store);
    return store;
  };

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'C1: what was accepted before a %s is there after it, once',
    async (signal) => {
      const store = await open();
      await commitAll(store, append('a'), append('b'), append('c'));
      const [a] = await leaseAll(store, 1);
      await commitAll(store, ack(a!), append('output of a'));
      await server.restart(signal);
      expect(await drain(store)).toEqual(['b', 'c', 'output of a']);
      expect(await store.backlog({ queue: QUEUE })).toEqual({ messages: 0, bytes: 0, inHand: 0, delayed: 0 });
    },
  );

  it('calls that are made while it is away are answered when it is back', async () => {
    const store = await open();
    await commitAll(store, append('before'));
    await server.stop('SIGKILL');
    const commits = ['a', 'b', 'c'].map((id) => commitAll(store, append(id)));
    const looked = idsIn(store);
    await server.start();
    await Promise.all(commits);
    expect(await looked).toContain('before');
    expect(await drain(store)).toEqual(['before', 'a', 'b', 'c']);
  });

  it.each(['the owner goes on', 'the owner dies too'] as const)(
    'S1: a kill between the journal and its application leaves all of a commit, where %s',
    async (what) => {
      let store = await open(line.address);
      await commitAll(store, append('input'));
      const [input] = await leaseAll(store, 1);
      const lost = line.loseAfter('test.journal');
      await commitAll(store, ack(input!), append('output 1'), append('output 2'), {
        op: 'cursor',
        source: 's',
        value: 7,
      });
      await lost;
      if (what === 'the owner dies too') await store.crash();
      await server.restart('SIGKILL');
      line.heal();
      if (what === 'the owner dies too') store = await open();
      expect(await idsIn(store)).toEqual(['output 1', 'output 2']);
      expect(await store.cursor('s')).toBe(7);
      expect(await drain(store)).toEqual(['output 1', 'output 2']);
    },
  );

  it('S1: a commit of which the journal did not hear did not happen, when its owner has died', async () => {
    const store = await open(line.address);
    await commitAll(store, append('a'));
    line.loseServerSide();
    const lost = store.commit([append('never')]);
    await store.crash();
    await expect(lost).rejects.toMatchObject({ code: 'store-closed' });
    expect(await drain(await open())).toEqual(['a']);
  });

  it.each(['goes on', 'dies too', 'was closed before'] as const)(
    'S3: what was settled just before it was killed does not come back, where the owner %s',
    async (what) => {
      let store = await open();
      await commitAll(
        store,
        ...['g1', 'g2', 'g3'].map((id) => append(id, { group: 'g' })),
        ...['a', 'b', 'c'].map((id) => append(id)),
      );
      await commitAll(store, ...(await leaseAll(store)).map(ack)); // g1, a, b, c
      expect(await idsIn(store)).toEqual(['g2', 'g3']); // applied, and NATS 2.9 forgets what it removed in the last seconds
      if (what === 'dies too') await store.crash();
      if (what === 'was closed before') await store.close();
      await server.restart('SIGKILL');
      if (what !== 'goes on') store = await open();
      expect(await idsIn(store)).toEqual(['g2', 'g3']);
      expect(await drain(store)).toEqual(['g2', 'g3']);
    },
  );

  it('fails when it stays away for longer than the patience, tells so, and refuses every call', async () => {
    const store = await open(server.address, 300);
    const failed = new Promise((resolve) => {
      store.onFailure(resolve);
    });
    await commitAll(store, append('a'));
    await server.stop('SIGKILL');
    await expect(store.commit([append('b')])).rejects.toMatchObject({ code: 'store-failed' });
    expect(await failed).toMatchObject({ code: 'store-failed' });
    await expect(store.backlog({ queue: QUEUE })).rejects.toMatchObject({ code: 'store-failed' });
    await store.close();
    await server.start();
    expect((await drain(await open()))[0]).toBe('a');
  });

  describe('and loses what it has acknowledged', () => {
    /** Looking waits until everything before is applied to the streams. */
    const commitAndApply = async (store: JetStreamStore, id: string): Promise<void> => {
      await commitAll(store, append(id));
      expect(await idsIn(store)).toContain(id);
    };
    /** As far as it was in the journal, or in the streams of queues. */
    const loseWhatFollows = async (kind: 'journal' | 'queue', follows: () => Promise<void>): Promise<void> => {
      const saved = `${server.folder}-saved`;
      await server.stop('SIGTERM');
      await cp(server.folder, saved, { recursive: true });
      await server.start();
      await follows();
      await server.stop('SIGTERM');
      const streams = join('jetstream', '$G', 'streams');
      for (const name of await readdir(join(server.folder, streams))) {
        if (!name.startsWith(`test-${kind}`)) continue;
        await rm(join(server.folder, streams, name), { recursive: true });
        await cp(join(saved, streams, name), join(server.folder, streams, name), { recursive: true });
      }
      await rm(saved, { recursive: true });
      await server.start();
    };

    it('C1: the owner gives a queue again what the journal still has', async () => {
      const store = await open();
      await commitAndApply(store, 'a');
      await loseWhatFollows('queue', () => commitAndApply(store, 'b'));
      await commitAll(store, append('c'));
      expect(await drain(store)).toEqual(['a', 'b', 'c']);
    });

    it('C1: the next owner gives a queue again what the journal still has', async () => {
      const store = await open();
      await commitAndApply(store, 'a');
      await loseWhatFollows('queue', async () => {
        await commitAll(store, append('b'));
        await store.close();
      });
      expect(await drain(await open())).toEqual(['a', 'b']);
    });

    it('C1: the owner notices what the journal has lost, and fails rather than going on without', async () => {
      const store = await open();
      await commitAndApply(store, 'a');
      await loseWhatFollows('journal', () => commitAndApply(store, 'b'));
      const refused = store.commit([append('c')]);
      await expect(refused).rejects.toMatchObject({ code: 'store-failed', cause: { code: 'acknowledged-data-lost' } });
    });

    it('C1: the next owner notices what the journal has lost, and does not open', async () => {
      const store = await open();
      await commitAndApply(store, 'a');
      await loseWhatFollows('journal', async () => {
        await commitAll(store, append('b'));
        await store.close();
      });
      await expect(open()).rejects.toMatchObject({ cause: { code: 'acknowledged-data-lost' } });
    });

    it('C1: the next owner notices what a queue has lost and the journal has let go, and does not open', async () => {
      const store = await open();
      await commitAndApply(store, 'a');
      await loseWhatFollows('queue', async () => {
        await commitAll(store, append('b'));
        await store.close();
        const next = await open();
        clock.advance(6 * 60_000);
        await next.close();
      });
      await expect(open()).rejects.toMatchObject({ cause: { code: 'acknowledged-data-lost' } });
    });
  });
});
