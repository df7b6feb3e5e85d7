import { describe, expect, it } from 'vitest';
import type { StoreOperation } from '../../ports/message-store.ts';
import {
  ack,
  aDeadLetter,
  aMessage,
  append,
  commitAll,
  drain,
  GROUP,
  groupSource,
  idsOf,
  leaseOne,
  leaseUpTo,
  LOG,
  NO_LIMIT,
  OTHER_QUEUE,
  publish,
  QUEUE,
  queueSource,
  release,
  remember,
} from './builders.ts';
import type { Subject } from './subject.ts';

export function describeCommits(subject: Subject): void {
  describe('S1 a commit', () => {
    it('stores all of its parts together', async () => {
      const { store, clock } = subject;
      await declareLogAndGroup(subject);
      const result = await store.commit(oneOfEach(clock.now() + 1_000));
      expect(result).toEqual({ ok: true });
      expect(await snapshot(subject)).toEqual({
        queue: ['appended'],
        otherQueue: ['also appended'],
        unread: ['published'],
        cursor: { page: 7 },
        recalled: 'appended',
        deadLetters: ['given up'],
      });
    });

    it('acks a message together with its outputs', async () => {
      const { store } = subject;
      await commitAll(store, append('input'));
      const lease = await leaseOne(store);
      await commitAll(store, ack(lease), append('output', { queue: OTHER_QUEUE }));
      expect(await drain(store)).toEqual([]);
      expect(await drain(store, queueSource(OTHER_QUEUE))).toEqual(['output']);
    });

    it('does nothing when it is empty', async () => {
      expect(await subject.store.commit([])).toEqual({ ok: true });
    });
  });

  describe('S1 a commit that is refused', () => {
    it('as full by count says where and writes nothing', async () => {
      const limit = { ...NO_LIMIT, messages: 1 };
      await expectRefusal(subject, [append('one too many', { limit })], { ok: false, reason: 'full', at: QUEUE });
    });

    it('as full by bytes says where and writes nothing', async () => {
      const { store } = subject;
      await declareLogAndGroup(subject);
      await commitAll(store, append('already there'));
      const { bytes } = await store.backlog({ queue: QUEUE });
      const limit = { ...NO_LIMIT, bytes: 2 * bytes - 1 };
      const before = await snapshot(subject);
      expect(
        await store.commit([...oneOfEach(subject.clock.now() + 1_000), append('already there', { limit })]),
      ).toEqual({
        ok: false,
        reason: 'full',
        at: QUEUE,
      });
      expect(await snapshot(subject)).toEqual(before);
    });

    it('as full on a log says where and writes nothing', async () => {
      await expectRefusal(subject, [publish('one too many', { limit: { bytes: 1 } })], {
        ok: false,
        reason: 'full',
        at: LOG,
      });
    });

    it('as duplicate names the first message and writes nothing', async () => {
      const { clock } = subject;
      await expectRefusal(subject, [remember('key-1', 'second', clock.now() + 1_000)], {
        ok: false,
        reason: 'duplicate',
        messageId: 'first',
      });
    });

    it('as lease-lost names the lease and writes nothing', async () => {
      const { store } = subject;
      await commitAll(store, append('settled before', { queue: 'orders/w9' }));
      const lease = await leaseOne(store, queueSource('orders/w9'));
      await commitAll(store, ack(lease));
      await expectRefusal(subject, [ack(lease)], { ok: false, reason: 'lease-lost', lease });
    });

    it('leaves the leases that it named in hand', async () => {
      const { store } = subject;
      await commitAll(store, append('held'), append('fills the queue', { queue: OTHER_QUEUE }));
      const lease = await leaseOne(store);
      const refused = await store.commit([
        ack(lease),
        append('one too many', { queue: OTHER_QUEUE, limit: { ...NO_LIMIT, messages: 1 } }),
      ]);
      expect(refused).toEqual({ ok: false, reason: 'full', at: OTHER_QUEUE });
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 1, inHand: 1 });
      expect(await store.commit([ack(lease)])).toEqual({ ok: true });
    });

    it('can be made again once there is room', async () => {
      const { store } = subject;
      const limit = { ...NO_LIMIT, messages: 1 };
      await commitAll(store, append('first', { limit }));
      const second = [append('second', { limit }), remember('key-2', 'second', subject.clock.now() + 1_000)];
      expect(await store.commit(second)).toEqual({ ok: false, reason: 'full', at: QUEUE });
      await drain(store);
      expect(await store.commit(second)).toEqual({ ok: true });
    });
  });

  describe('S7 the limits of a queue', () => {
    it('count all messages that one commit appends', async () => {
      const limit = { ...NO_LIMIT, messages: 2 };
      const three = ['a', 'b', 'c'].map((id) => append(id, { limit }));
      expect(await subject.store.commit(three)).toEqual({ ok: false, reason: 'full', at: QUEUE });
      expect(await subject.store.commit(three.slice(0, 2))).toEqual({ ok: true });
    });

    it('count messages in hand', async () => {
      const { store } = subject;
      const limit = { ...NO_LIMIT, messages: 1 };
      await commitAll(store, append('a', { limit }));
      await leaseOne(store);
      expect(await store.commit([append('b', { limit })])).toEqual({ ok: false, reason: 'full', at: QUEUE });
    });

    it('let a message take the place of one that the same commit acks', async () => {
      const { store } = subject;
      const limit = { ...NO_LIMIT, messages: 1 };
      await commitAll(store, append('a', { limit }));
      const lease = await leaseOne(store);
      expect(await store.commit([append('b', { limit }), ack(lease)])).toEqual({ ok: true });
      expect(await drain(store)).toEqual(['b']);
    });

    it('let its bytes take the place of those that the same commit acks', async () => {
      const { store } = subject;
      await commitAll(store, append('a'));
      const limit = { ...NO_LIMIT, bytes: (await store.backlog({ queue: QUEUE })).bytes };
      expect(await store.commit([append('b', { limit })])).toEqual({ ok: false, reason: 'full', at: QUEUE });
      expect(await store.commit([append('b', { limit }), ack(await leaseOne(store))])).toEqual({ ok: true });
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 1, bytes: limit.bytes });
    });

    it('hold exactly as many bytes as they say', async () => {
      const { store } = subject;
      await commitAll(store, append('same size 1'));
      const { bytes } = await store.backlog({ queue: QUEUE });
      const limit = { ...NO_LIMIT, bytes: 3 * bytes };
      await commitAll(store, append('same size 2', { limit }), append('same size 3', { limit }));
      expect(await store.commit([append('same size 4', { limit })])).toEqual({ ok: false, reason: 'full', at: QUEUE });
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 3, bytes: 3 * bytes });
    });
  });

  describe('S1 reasons to refuse are looked at in the order duplicate, lease, letter, room', () => {
    it('a duplicate is told so even when the queue is full and the lease lost', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('first'), remember('key-1', 'first', clock.now() + 1_000));
      const lease = await leaseOne(store);
      await commitAll(store, release(lease));
      const result = await store.commit([
        append('second', { limit: { ...NO_LIMIT, messages: 1 } }),
        ack(lease),
        remember('key-1', 'second', clock.now() + 1_000),
      ]);
      expect(result).toEqual({ ok: false, reason: 'duplicate', messageId: 'first' });
    });

    it('a lost lease is told even when the queue is full', async () => {
      const { store } = subject;
      await commitAll(store, append('first'));
      const lease = await leaseOne(store);
      await commitAll(store, release(lease));
      const result = await store.commit([append('second', { limit: { ...NO_LIMIT, messages: 1 } }), ack(lease)]);
      expect(result).toEqual({ ok: false, reason: 'lease-lost', lease });
    });
  });
}

async function declareLogAndGroup({ store }: Subject): Promise<void> {
  await store.declareLog({ log: LOG, partitions: 1 });
  await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
}

function oneOfEach(expiresAt: number): StoreOperation[] {
  return [
    append('appended'),
    append('also appended', { queue: OTHER_QUEUE, group: 'customer-7' }),
    publish('published'),
    { op: 'cursor', source: 'orders/in', value: { page: 7 } },
    remember('fresh key', 'appended', expiresAt),
    { op: 'dead-letter', letter: aDeadLetter('given up') },
  ];
}

/** Commits one of each kind together with `bad`, which must make the store refuse, and compares all that can be seen. */
async function expectRefusal(subject: Subject, bad: readonly StoreOperation[], refusal: object): Promise<void> {
  const { store, clock } = subject;
  await declareLogAndGroup(subject);
  await commitAll(store, append(aMessage('already there')), remember('key-1', 'first', clock.now() + 1_000));
  const before = await snapshot(subject);
  expect(await store.commit([...oneOfEach(clock.now() + 1_000), ...bad])).toEqual(refusal);
  expect(await store.commit([...bad, ...oneOfEach(clock.now() + 1_000)])).toEqual(refusal);
  expect(await snapshot(subject)).toEqual(before);
  expect(idsOf(await leaseUpTo(store, 10))).toEqual(['already there']);
  expect(idsOf(await leaseUpTo(store, 10, groupSource()))).toEqual([]);
}

async function snapshot({ store }: Subject): Promise<object> {
  const idsOn = async (source: Parameters<typeof store.peek>[0]['source']): Promise<readonly string[]> =>
    (await store.peek({ source, limit: 100 })).map((peeked) => peeked.message.id);
  return {
    queue: await idsOn({ queue: QUEUE }),
    otherQueue: await idsOn({ queue: OTHER_QUEUE }),
    unread: await idsOn({ log: LOG, group: GROUP }),
    cursor: await store.cursor('orders/in'),
    recalled: await store.recall('orders/in', 'fresh key'),
    deadLetters: (await store.deadLetters({ pipelineId: 'orders', limit: 10 })).map((letter) => letter.id),
  };
}
