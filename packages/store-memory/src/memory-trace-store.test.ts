import { describeTraceStore } from '@sluice/engine/contracts';
import { createMemoryTraceStore } from './create-memory-trace-store.ts';

describeTraceStore({
  name: 'memory',
  capabilities: { restarts: false },
  create: async (options) => ({ store: createMemoryTraceStore(options), dispose: () => Promise.resolve() }),
});
