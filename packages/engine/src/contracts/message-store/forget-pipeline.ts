import { describe, expect, it } from 'vitest';
import {
  ack,
  aDeadLetter,
  append,
  commitAll,
  drain,
  giveUp,
  GROUP,
  groupSource,
  leaseOne,
  leaseUpTo,
  LOG,
  publish,
  QUEUE,
  queueSource,
  remember,
  retry,
} from './builders.ts';
import type { Subject } from './subject.ts';

const TOPIC = 'topic/news';
const SUBSCRIBER = 'orders/reader';

export function describeForgetPipeline(subject: Subject): void {
  const fill = async (pipelineId: string): Promise<void> => {
    const { store, clock } = subject;
    const queue = `${pipelineId}/w1`;
    const log = `${pipelineId}/price.out`;
    await store.declareLog({ log, partitions: 2 });
    await store.declareGroup({ log, group: `${pipelineId}/w3`, startFrom: 'earliest' });
    await commitAll(
      store,
      ...['held', 'delayed', 'waiting'].map((id) => append(id, { queue })),
      append('high', { queue, priority: 9 }),
      ...['g1', 'g2'].map((id) => append(id, { queue, group: 'g' })),
      publish('p0', { log }),
      publish('p1', { log, partition: 1 }),
      giveUp(aDeadLetter('d1', { pipelineId })),
      giveUp(aDeadLetter('d2', { pipelineId, cause: 'another' })),
      { op: 'cursor', source: `${pipelineId}/in`, value: 7 },
      remember('key', 'held', clock.now() + 1_000, `${pipelineId}/in`),
    );
    const leases = (await leaseUpTo(store, 3, queueSource(queue))).leases;
    const delayed = leases.find(({ message }) => message.id === 'delayed');
    await commitAll(store, retry(delayed!, clock.now() + 1_000));
  };
  const everythingOf = async (pipelineId: string): Promise<object> => {
    const { store } = subject;
    return {
      queues: await store.queues(`${pipelineId}/`),
      groups: await store.groups(`${pipelineId}/`),
      backlog: await store.backlog({ queue: `${pipelineId}/w1` }),
      unread: await store.backlog({ log: `${pipelineId}/price.out`, group: `${pipelineId}/w3` }),
      retained: await store.retained(`${pipelineId}/price.out`),
      letters: await store.deadLetters({ pipelineId, limit: 10 }),
      groupsOfLetters: await store.deadLetterGroups(pipelineId),
      usage: await store.deadLetterUsage(pipelineId),
    };
  };
  const NOTHING = { messages: 0, bytes: 0, inHand: 0, delayed: 0 };

  describe('S10 forgetting a pipeline', () => {
    it('removes its queues, logs, groups and dead letters, in hand or not', async () => {
      const { store } = subject;
      await fill('orders');
      await store.forgetPipeline('orders');
      expect(await everythingOf('orders')).toEqual({
        queues: [],
        groups: [],
        backlog: NOTHING,
        unread: NOTHING,
        retained: { messages: 0, bytes: 0 },
        letters: [],
        groupsOfLetters: [],
        usage: { messages: 0, bytes: 0 },
      });
      expect(await store.deadLetterCounts('orders')).toEqual({});
    });

    it('leaves cursors and idempotency keys, and every other pipeline, also one whose name begins alike', async () => {
      const { store } = subject;
      await fill('orders');
      await fill('orders-eu');
      const before = await everythingOf('orders-eu');
      await store.forgetPipeline('orders');
      expect(await everythingOf('orders-eu')).toEqual(before);
      expect(await store.cursor('orders/in')).toBe(7);
      expect(await store.recall('orders/in', 'key')).toBe('held');
    });

    it('leaves topics, but not its groups on them', async () => {
      const { store } = subject;
      await store.declareLog({ log: TOPIC, partitions: 1 });
      await store.declareGroup({ log: TOPIC, group: SUBSCRIBER, startFrom: 'earliest' });
      await store.declareGroup({ log: TOPIC, group: 'returns/reader', startFrom: 'earliest' });
      await commitAll(store, publish('news', { log: TOPIC }));
      await store.forgetPipeline('orders');
      await store.forgetPipeline('topic');
      expect(await store.groups('')).toEqual([{ log: TOPIC, group: 'returns/reader' }]);
      expect(await drain(store, groupSource('returns/reader', 0, TOPIC))).toEqual(['news']);
    });

    it('takes leases away', async () => {
      const { store } = subject;
      await store.declareLog({ log: LOG, partitions: 1 });
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(store, append('a'), publish('b'));
      const leases = [await leaseOne(store), await leaseOne(store, groupSource())];
      await store.forgetPipeline('orders');
      for (const lease of leases) {
        expect(await store.commit([ack(lease)])).toEqual({ ok: false, reason: 'lease-lost', lease });
        expect(await store.extend(lease, 1_000)).toBeUndefined();
      }
    });

    it('lets it begin anew', async () => {
      const { store } = subject;
      await fill('orders');
      await store.forgetPipeline('orders');
      await store.declareLog({ log: LOG, partitions: 3 });
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(store, append('new'), publish('new', { partition: 2 }), giveUp('d1'));
      expect(await drain(store)).toEqual(['new']);
      expect(await drain(store, groupSource(GROUP, 2))).toEqual(['new']);
      expect(await drain(store, groupSource())).toEqual([]);
      expect(await store.deadLetterGroups('orders')).toMatchObject([{ messages: 1 }]);
    });

    it('works while its queue is being purged, and on more than one step can take', async () => {
      const { store } = subject;
      const many = Array.from({ length: 2_500 }, (_, number) => `m${number}`);
      await commitAll(store, ...many.map((id, number) => append(id, number % 2 === 0 ? {} : { group: id })));
      await commitAll(store, ...many.slice(0, 600).map((id) => giveUp(id)));
      await Promise.all([store.purge(QUEUE), store.forgetPipeline('orders')]);
      expect(await store.backlog({ queue: QUEUE })).toEqual(NOTHING);
      expect(await store.deadLetterUsage('orders')).toEqual({ messages: 0, bytes: 0 });
      await commitAll(store, append('new'));
      expect(await drain(store)).toEqual(['new']);
    });

    it('that nobody knows does nothing, and twice is as once', async () => {
      const { store } = subject;
      await store.forgetPipeline('never');
      await fill('orders');
      await Promise.all([store.forgetPipeline('orders'), store.forgetPipeline('orders')]);
      await store.forgetPipeline('orders');
      expect(await store.queues('')).toEqual([]);
    });
  });
}

export function describeForgetPipelineAfterRestart(subject: Subject): void {
  it.each(['close', 'crash'] as const)('S10 a forgotten pipeline does not come back after a %s', async (how) => {
    await subject.store.declareLog({ log: LOG, partitions: 1 });
    await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
    await commitAll(subject.store, append('a'), append('b', { priority: 9 }), publish('c'), giveUp('d'));
    await leaseOne(subject.store);
    await subject.store.forgetPipeline('orders');
    await subject.restart(how);
    const { store } = subject;
    expect(await store.queues('')).toEqual([]);
    expect(await store.groups('')).toEqual([]);
    expect(await store.deadLetters({ pipelineId: 'orders', limit: 10 })).toEqual([]);
    await commitAll(store, append('new'));
    expect(await drain(store)).toEqual(['new']);
  });
}
