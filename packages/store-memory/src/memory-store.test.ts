import { describeMessageStore } from '@sluice/engine/contracts';
import { createMemoryStore } from './create-memory-store.ts';

describeMessageStore({
  name: 'memory',
  capabilities: { restarts: true },
  create: async (clock) => {
    let store = createMemoryStore({ clock });
    return {
      store,
      async reopen(how) {
        if (how === 'close') await store.close();
        store = how === 'close' ? store.reopen() : store.crash();
        return store;
      },
      dispose: () => store.close(),
    };
  },
});
