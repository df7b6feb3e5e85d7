import type { MessageStore } from '@sluice/engine';
import { overriding } from './overriding.ts';

/** More calls of the store at one moment than this are a loop. */
const CALLS_AT_ONCE_MAX = 20_000;

/** A store that fails when it is called so often at one moment that nothing but a loop can be the cause: time would stand still. */
export function againstLoops(store: MessageStore, now: () => number): MessageStore {
  let moment = -1;
  let calls = 0;
  const count = (): void => {
    if (now() !== moment) calls = 0;
    moment = now();
    calls += 1;
    if (calls > CALLS_AT_ONCE_MAX) throw new Error(`The engine turns in a loop at ${moment} ms`);
  };
  return overriding(store, {
    lease: async (request) => {
      count();
      return store.lease(request);
    },
    commit: async (operations) => {
      count();
      return store.commit(operations);
    },
  });
}
