import { describe, expect, it } from 'vitest';
import type { LeaseSource, StoreOperation } from '../../ports/message-store.ts';
import {
  ack,
  append,
  commitAll,
  GROUP,
  groupSource,
  leaseOne,
  leaseUpTo,
  LOG,
  OTHER_GROUP,
  publish,
  queueSource,
  release,
  retry,
} from './builders.ts';
import type { Subject } from './subject.ts';

export function describeReadiness(subject: Subject): void {
  /** Resolves when the listener is called after this point; a store that never calls runs into the test's time limit. */
  const nextCall = (source: LeaseSource): Promise<void> =>
    new Promise((resolve) => {
      const stop = subject.store.onReady(source, () => {
        stop();
        resolve();
      });
    });
  const expectCall = async (source: LeaseSource, ...operations: readonly StoreOperation[]): Promise<void> => {
    const called = nextCall(source);
    await commitAll(subject.store, ...operations);
    await called;
  };

  describe('S10 a listener for readiness', () => {
    it('is called when a message is appended, and then finds it', async () => {
      await expectCall(queueSource(), append('a'));
      expect((await leaseOne(subject.store)).message.id).toBe('a');
    });

    it('is called when a message is released', async () => {
      const { store } = subject;
      await commitAll(store, append('a'));
      await expectCall(queueSource(), release(await leaseOne(store)));
    });

    it('is called when a message is put back for later, so that it can learn when', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const dueAt = clock.now() + 200;
      await expectCall(queueSource(), retry(await leaseOne(store), dueAt));
      expect((await leaseUpTo(store, 1)).nextDueAt).toBe(dueAt);
    });

    it('is called when a message is freed by its FIFO group', async () => {
      const { store } = subject;
      await commitAll(store, append('a', { group: 'g' }), append('b', { group: 'g' }));
      await expectCall(queueSource(), ack(await leaseOne(store)));
      expect((await leaseOne(store)).message.id).toBe('b');
    });

    it('is called on each partition of each group that gets a message', async () => {
      const { store } = subject;
      await store.declareLog({ log: LOG, partitions: 2 });
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await store.declareGroup({ log: LOG, group: OTHER_GROUP, startFrom: 'latest' });
      const calls = [nextCall(groupSource(GROUP, 1)), nextCall(groupSource(OTHER_GROUP, 1))];
      await commitAll(store, publish('a', { partition: 1 }));
      await Promise.all(calls);
    });

    it('is called when a partition is free again', async () => {
      const { store, clock } = subject;
      await store.declareLog({ log: LOG, partitions: 1 });
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(store, publish('a'), publish('b'));
      await expectCall(groupSource(), release(await leaseOne(store, groupSource())));
      await expectCall(groupSource(), retry(await leaseOne(store, groupSource()), clock.now()));
      await expectCall(groupSource(), ack(await leaseOne(store, groupSource())));
      expect((await leaseOne(store, groupSource())).message.id).toBe('b');
    });

    it('is no longer called once it has stopped listening', async () => {
      const { store } = subject;
      let calls = 0;
      const count = (): void => {
        calls += 1;
      };
      const stop = store.onReady(queueSource(), count);
      stop();
      stop();
      await expectCall(queueSource(), append('a'));
      expect(calls).toBe(0);
    });

    it('is not called when another listener has stopped it meanwhile', async () => {
      const { store } = subject;
      let calls = 0;
      const stopOther = store.onReady(queueSource(), () => stop());
      const stop = store.onReady(queueSource(), () => {
        calls += 1;
      });
      await expectCall(queueSource(), append('a'));
      stopOther();
      await expectCall(queueSource(), append('b'));
      expect(calls).toBe(0);
    });

    it('may be registered more than once', async () => {
      const { store } = subject;
      let calls = 0;
      let bothCalled: () => void;
      const done = new Promise<void>((resolve) => {
        bothCalled = resolve;
      });
      const count = (): void => {
        calls += 1;
        if (calls === 2) bothCalled();
      };
      store.onReady(queueSource(), count);
      store.onReady(queueSource(), count);
      await commitAll(store, append('a'));
      await done;
    });
  });
}
