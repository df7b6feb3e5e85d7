import { describe, expect, it } from 'vitest';
import type { Lease, SeekRequest } from '../../ports/message-store.ts';
import {
  ack,
  aMessage,
  commitAll,
  drain,
  GROUP,
  groupSource,
  LEASE_MS,
  leaseOne,
  leaseUpTo,
  LOG,
  OTHER_GROUP,
  publish,
  release,
  retry,
} from './builders.ts';
import type { Subject } from './subject.ts';

const BASE = { log: LOG, group: GROUP };

export function describeSeek(subject: Subject): void {
  const declare = async (partitions = 1): Promise<void> => {
    await subject.store.declareLog({ log: LOG, partitions });
    await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
  };
  const publishAll = (...ids: readonly string[]): Promise<void> =>
    commitAll(subject.store, ...ids.map((id) => publish(id)));
  const seek = (to: SeekRequest['to'], partition?: number): Promise<{ readonly messages: number } | undefined> =>
    subject.store.seek({ ...BASE, to, ...(partition === undefined ? {} : { partition }) });
  const leaseMany = async (max = 10): Promise<readonly Lease[]> =>
    (await leaseUpTo(subject.store, max, groupSource())).leases;
  const seen = (leases: readonly Lease[]): readonly (readonly [id: string, replayed: boolean | undefined])[] =>
    leases.map(({ message, replayed }) => [message.id, replayed]);

  describe('a seek', () => {
    it('back to the earliest reads all that is kept again, as a replay, and goes on with what is new', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b', 'c');
      const first = await leaseMany(2);
      expect(seen(first)).toEqual([
        ['a', undefined],
        ['b', undefined],
      ]);
      await commitAll(store, ...first.map(ack));
      expect(await seek('earliest')).toEqual({ messages: 3 });
      const again = await leaseMany();
      expect(seen(again)).toEqual([
        ['a', true],
        ['b', true],
        ['c', undefined],
      ]);
      await commitAll(store, ...again.map(ack));
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: 0, bytes: 0 });
      await publishAll('d');
      expect(seen(await leaseMany())).toEqual([['d', undefined]]);
    });

    it('says `replayed` only of what the group had passed, however often it goes back', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b', 'c', 'd');
      await commitAll(store, ...(await leaseMany(3)).map(ack));
      await seek('earliest');
      await commitAll(store, ...(await leaseMany(1)).map(ack));
      await seek('earliest');
      expect(seen(await leaseMany())).toEqual([
        ['a', true],
        ['b', true],
        ['c', true],
        ['d', undefined],
      ]);
    });

    it('ahead to the latest skips what is unread; skipped messages that it goes back to are replays', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b');
      expect(await seek('latest')).toEqual({ messages: 0 });
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: 0, bytes: 0 });
      await publishAll('c');
      expect(seen(await leaseMany(1))).toEqual([['c', undefined]]);
      await seek('earliest');
      expect(seen(await leaseMany())).toEqual([
        ['a', true],
        ['b', true],
        ['c', undefined],
      ]);
    });

    it('of a group that began at the latest reaches what was there before it', async () => {
      const { store } = subject;
      await store.declareLog({ log: LOG, partitions: 1 });
      await publishAll('a', 'b');
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'latest' });
      expect(await seek('earliest')).toEqual({ messages: 2 });
      expect(seen(await leaseMany())).toEqual([
        ['a', true],
        ['b', true],
      ]);
    });

    it('to a position moves the one partition, and answers for the group', async () => {
      const { store } = subject;
      await declare(2);
      await publishAll('a', 'b', 'c');
      await commitAll(store, publish('other 1', { partition: 1 }), publish('other 2', { partition: 1 }));
      const leases = await leaseMany();
      await commitAll(store, ...leases.map(ack));
      await commitAll(store, ack(await leaseOne(store, groupSource(GROUP, 1))));
      expect(await seek({ position: leases[1]!.position }, 0)).toEqual({ messages: 3 });
      expect(await drain(store, groupSource())).toEqual(['b', 'c']);
      expect(await drain(store, groupSource(GROUP, 1))).toEqual(['other 2']);
    });

    it('to a position that is not there goes to the nearest that is', async () => {
      const { store, clock } = subject;
      await declare();
      await publishAll('a', 'b', 'c');
      const [a] = await leaseMany(1);
      await commitAll(store, ack(a!));
      clock.advance(1_000);
      expect(await store.trim({ log: LOG, ageMs: -1, bytes: 0 })).toBe(1);
      expect(await seek({ position: a!.position }, 0)).toEqual({ messages: 2 });
      expect(await seek({ position: a!.position - 5 }, 0)).toEqual({ messages: 2 });
      expect(await seek({ position: a!.position + 1_000 }, 0)).toEqual({ messages: 0 });
    });

    it('to a time goes to the first message that was enqueued then or later, partition by partition', async () => {
      const { store } = subject;
      await declare(2);
      for (const [time, partition] of [
        [1_000, 0],
        [2_000, 1],
        [3_000, 0],
        [4_000, 1],
        [5_000, 0],
      ] as const)
        await commitAll(store, publish(aMessage(`m${time}`, { enqueuedAt: time }), { partition }));
      await drain(store, groupSource(GROUP, 0));
      await drain(store, groupSource(GROUP, 1));
      expect(await seek({ time: 3_000 })).toEqual({ messages: 3 });
      expect(await drain(store, groupSource(GROUP, 0))).toEqual(['m3000', 'm5000']);
      expect(await drain(store, groupSource(GROUP, 1))).toEqual(['m4000']);
      expect(await seek({ time: 3_001 })).toEqual({ messages: 2 });
      expect(await seek({ time: 5_001 })).toEqual({ messages: 0 });
      expect(await seek({ time: 0 }, 0)).toEqual({ messages: 3 });
    });

    it('to a time goes to the first such message also where the clock was set back between', async () => {
      const { store } = subject;
      await declare();
      const times = [100, 200, 900, 300, 400, 500, 1_000];
      await commitAll(store, ...times.map((time) => publish(aMessage(`m${time}`, { enqueuedAt: time }))));
      await drain(store, groupSource());
      await seek({ time: 350 });
      expect(await drain(store, groupSource())).toEqual(['m900', 'm300', 'm400', 'm500', 'm1000']);
    });

    it('finds its place in a long log, trimmed or not', async () => {
      const { store, clock } = subject;
      await declare();
      const start = clock.now();
      const ids = Array.from({ length: 900 }, (_, number) => `m${number}`);
      for (let first = 0; first < ids.length; first += 300) {
        const part = ids.slice(first, first + 300);
        await commitAll(
          store,
          ...part.map((id, index) => publish(aMessage(id, { enqueuedAt: start + first + index }))),
        );
      }
      await drain(store, groupSource());
      for (const number of [0, 1, 255, 256, 257, 511, 512, 700, 899]) {
        await seek({ time: start + number });
        const lease = await leaseOne(store, groupSource());
        expect(lease.message.id).toBe(`m${number}`);
        const { messages, bytes } = await store.backlog({ log: LOG, group: GROUP });
        expect(await seek({ position: lease.position }, 0)).toEqual({ messages });
        expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages, bytes });
        expect((await leaseOne(store, groupSource())).message.id).toBe(`m${number}`);
      }
      await seek('latest');
      clock.advance(10_000);
      expect(await store.trim({ log: LOG, ageMs: 10_000 - 300, bytes: 1_000_000_000 })).toBe(300);
      for (const number of [300, 301, 511, 512, 513, 800]) {
        await seek({ time: start + number });
        expect((await leaseOne(store, groupSource())).message.id).toBe(`m${number}`);
      }
      await seek({ time: start });
      expect((await leaseOne(store, groupSource())).message.id).toBe('m300');
    });

    it('takes leases away, uncounted', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b');
      const [a, b] = await leaseMany();
      await seek('earliest');
      expect(await store.commit([ack(a!)])).toEqual({ ok: false, reason: 'lease-lost', lease: a });
      expect(await store.commit([release(b!)])).toEqual({ ok: false, reason: 'lease-lost', lease: b });
      expect(await store.extend(a!, LEASE_MS)).toBeUndefined();
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ inHand: 0 });
      const again = await leaseMany();
      expect(again.map(({ message, token }) => [message.attempt, token > b!.token])).toEqual([
        [1, true],
        [1, true],
      ]);
    });

    it('begins attempts and history anew for what was passed, and keeps them for what was not', async () => {
      const { store, clock } = subject;
      await declare();
      await publishAll('a', 'b', 'c');
      for (const id of ['a', 'b']) {
        await commitAll(store, retry((await leaseMany(1))[0]!, clock.now(), { message: `${id} failed` }));
        const [again] = await leaseMany(1);
        expect(again).toMatchObject({ message: { id, attempt: 2 }, history: [{ message: `${id} failed` }] });
        await commitAll(store, id === 'a' ? ack(again!) : retry(again!, clock.now()));
      }
      await seek('earliest');
      const leases = await leaseMany();
      expect(
        leases.map(({ message, history, replayed }) => [message.id, message.attempt, history.length, replayed]),
      ).toEqual([
        ['a', 1, 0, true],
        ['b', 3, 2, undefined],
        ['c', 1, 0, undefined],
      ]);
    });

    it('past a message that waits for its retry leaves its attempts behind', async () => {
      const { store, clock } = subject;
      await declare();
      await publishAll('a', 'b');
      const [a] = await leaseMany(1);
      await commitAll(store, retry(a!, clock.now() + 10_000));
      await seek({ position: a!.position + 1 }, 0);
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: 1, delayed: 0 });
      expect(seen(await leaseMany())).toEqual([['b', undefined]]);
      await seek('earliest');
      expect((await leaseMany(1))[0]).toMatchObject({ message: { id: 'a', attempt: 1 }, history: [], replayed: true });
    });

    it('moves no other group', async () => {
      const { store } = subject;
      await declare();
      await store.declareGroup({ log: LOG, group: OTHER_GROUP, startFrom: 'earliest' });
      await publishAll('a', 'b');
      await drain(store, groupSource(GROUP));
      const other = await leaseOne(store, groupSource(OTHER_GROUP));
      await seek('earliest');
      await commitAll(store, ack(other));
      expect(await drain(store, groupSource(OTHER_GROUP))).toEqual(['b']);
    });

    it('back makes no producer wait: what is read again does not count for the limit of the log', async () => {
      const { store } = subject;
      await declare();
      await commitAll(store, publish('same size 1'));
      const { bytes } = await store.retained(LOG);
      const limit = { bytes: 2 * bytes };
      await commitAll(store, publish('same size 2', { limit }));
      await drain(store, groupSource());
      await seek('earliest');
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({
        messages: 2,
        bytes: 2 * bytes,
        replayed: { messages: 2, bytes: 2 * bytes },
      });
      await commitAll(store, publish('same size 3', { limit }), publish('same size 4', { limit }));
      expect(await store.commit([publish('same size 5', { limit })])).toEqual({ ok: false, reason: 'full', at: LOG });
      await commitAll(store, ack(await leaseOne(store, groupSource())));
      expect(await store.commit([publish('same size 5', { limit })])).toEqual({ ok: false, reason: 'full', at: LOG });
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({
        messages: 3,
        replayed: { messages: 1, bytes },
      });
      expect(await drain(store, groupSource())).toHaveLength(3);
      expect(await store.backlog({ log: LOG, group: GROUP })).toEqual({ messages: 0, bytes: 0, inHand: 0, delayed: 0 });
      await commitAll(store, publish('same size 5', { limit }), publish('same size 6', { limit }));
      expect(await store.commit([publish('same size 7', { limit })])).toEqual({ ok: false, reason: 'full', at: LOG });
    });

    it('keeps what is to be read again from being trimmed', async () => {
      const { store, clock } = subject;
      await declare();
      await publishAll('a', 'b');
      await drain(store, groupSource());
      await seek('earliest');
      clock.advance(1_000);
      expect(await store.trim({ log: LOG, ageMs: -1, bytes: 0 })).toBe(0);
      expect(await drain(store, groupSource())).toEqual(['a', 'b']);
      expect(await store.trim({ log: LOG, ageMs: -1, bytes: 0 })).toBe(2);
    });

    it('tells who listens', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a');
      await drain(store, groupSource());
      const told = new Promise<void>((resolve) => {
        store.onReady(groupSource(), resolve);
      });
      await seek('earliest');
      await told;
      expect(seen(await leaseMany())).toEqual([['a', true]]);
    });

    it('of a group or log that is not there does nothing', async () => {
      const { store } = subject;
      expect(await seek('earliest')).toBeUndefined();
      await declare();
      expect(await store.seek({ ...BASE, group: 'orders/never', to: 'earliest' })).toBeUndefined();
      expect(await store.groups('')).toEqual([{ log: LOG, group: GROUP }]);
    });

    it('refuses a partition that is not there, and a position without one', async () => {
      await declare(2);
      await expect(seek('earliest', 2)).rejects.toThrow(LOG);
      await expect(seek({ position: 0 })).rejects.toThrow('partition');
    });
  });
}

export function describeSeekAfterRestart(subject: Subject): void {
  it.each(['close', 'crash'] as const)('a replay goes on where it stood, after a %s', async (how) => {
    await subject.store.declareLog({ log: LOG, partitions: 1 });
    await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
    await commitAll(subject.store, ...['a', 'b', 'c', 'd'].map((id) => publish(id)));
    await commitAll(subject.store, ...(await leaseUpTo(subject.store, 3, groupSource())).leases.map(ack));
    await subject.store.seek({ ...BASE, to: 'earliest' });
    await commitAll(subject.store, ack(await leaseOne(subject.store, groupSource())));
    const before = await subject.store.backlog({ log: LOG, group: GROUP });
    await subject.restart(how);
    expect(await subject.store.backlog({ log: LOG, group: GROUP })).toEqual(before);
    const { leases } = await leaseUpTo(subject.store, 10, groupSource());
    expect(leases.map(({ message, replayed }) => [message.id, message.attempt, replayed])).toEqual([
      ['b', 1, true],
      ['c', 1, true],
      ['d', 1, undefined],
    ]);
    await commitAll(subject.store, ...leases.map(ack));
    await subject.restart(how);
    expect(await subject.store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: 0 });
  });
}
