import { afterEach, beforeEach } from 'vitest';
import type { MessageStore } from '../../ports/message-store.ts';
import type { MessageStoreContract, StoreUnderTest } from '../message-store.contract.ts';
import { createTestClock, type TestClock } from '../test-clock.ts';

/** The store of the running test, on its own clock. */
export interface Subject {
  readonly store: MessageStore;
  readonly clock: TestClock;
  /** Ends the store; from then on `store` is the one that came up again. */
  restart(how: 'close' | 'crash'): Promise<void>;
}

/** A fresh store and clock for each test of the surrounding `describe`. */
export function useSubject(contract: MessageStoreContract): Subject {
  let current: OpenSubject | undefined;
  beforeEach(async () => {
    current = await openSubject(contract);
  });
  afterEach(async () => {
    await current?.dispose();
    current = undefined;
  });
  const running = (): OpenSubject => {
    if (current === undefined) throw new Error('A store is there only while a test runs.');
    return current;
  };
  return {
    get store() {
      return running().store;
    },
    get clock() {
      return running().clock;
    },
    restart: (how) => running().restart(how),
  };
}

interface OpenSubject extends Subject {
  dispose(): Promise<void>;
}

export async function openSubject(contract: MessageStoreContract): Promise<OpenSubject> {
  const clock = createTestClock();
  const underTest: StoreUnderTest = await contract.create(clock);
  let { store } = underTest;
  return {
    clock,
    get store() {
      return store;
    },
    async restart(how) {
      if (underTest.reopen === undefined) throw new Error(`${contract.name} cannot be reopened.`);
      store = await underTest.reopen(how);
    },
    dispose: () => underTest.dispose(),
  };
}
