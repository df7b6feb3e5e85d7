import { describe, expect, it } from 'vitest';
import type { Lease, SeekRequest } from '../../ports/message-store.ts';
import { ack, commitAll, drain, GROUP, groupSource, leaseOne, leaseUpTo, LOG, publish, retry } from './builders.ts';
import type { Subject } from './subject.ts';

const BASE = { log: LOG, group: GROUP };

export function describeReplays(subject: Subject): void {
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

  describe('S8 a replay', () => {
    it('from the earliest reads all that is kept again, and goes on with what is new', async () => {
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

    it('is marked as such, only where the group had passed, however often it goes back', async () => {
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

    it('is also what comes again after it was skipped', async () => {
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

    it('of a message that was skipped while it waited for its retry begins anew', async () => {
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

    it('makes no producer wait: what is read again does not count for the limit of the log', async () => {
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

    it('keeps what it has still to read from being trimmed', async () => {
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
  });
}

export function describeReplaysAfterRestart(subject: Subject): void {
  it.each(['close', 'crash'] as const)('S8 a replay goes on where it stood, after a %s', async (how) => {
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
