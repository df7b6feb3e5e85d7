import type { MessageStore } from '@sluice/engine';
import type { PendingWrites } from './disk/pending-writes.ts';

/** The same store, with the time of each commit told to `observe` in seconds, and those under way to `writes`. */
export function timedStore(
  store: MessageStore,
  { observe, writes }: { readonly observe: (seconds: number) => void; readonly writes: PendingWrites },
): MessageStore {
  return {
    async commit(operations) {
      const start = performance.now();
      const end = writes.begin();
      try {
        const result = await store.commit(operations);
        observe((performance.now() - start) / 1_000);
        return result;
      } finally {
        end();
      }
    },
    lease: (request) => store.lease(request),
    extend: (lease, leaseMs) => store.extend(lease, leaseMs),
    onReady: (source, listener) => store.onReady(source, listener),
    recall: (scope, key) => store.recall(scope, key),
    cursor: (source) => store.cursor(source),
    declareLog: (declaration) => store.declareLog(declaration),
    declareGroup: (declaration) => store.declareGroup(declaration),
    seek: (request) => store.seek(request),
    dropGroup: (log, group) => store.dropGroup(log, group),
    trim: (request) => store.trim(request),
    backlog: (source) => store.backlog(source),
    retained: (log) => store.retained(log),
    peek: (request) => store.peek(request),
    purge: (queue) => store.purge(queue),
    queues: (prefix) => store.queues(prefix),
    groups: (prefix) => store.groups(prefix),
    deadLetters: (request) => store.deadLetters(request),
    deadLetter: (pipelineId, letterId) => store.deadLetter(pipelineId, letterId),
    deadLetterCounts: (pipelineId) => store.deadLetterCounts(pipelineId),
    deadLetterGroups: (pipelineId) => store.deadLetterGroups(pipelineId),
    deadLetterUsage: (pipelineId) => store.deadLetterUsage(pipelineId),
    forgetPipeline: (pipelineId) => store.forgetPipeline(pipelineId),
    forgetExpired: (max) => store.forgetExpired(max),
    close: () => store.close(),
  };
}
