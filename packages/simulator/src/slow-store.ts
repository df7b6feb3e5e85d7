import type { Clock, MessageStore, Random } from '@sluice/engine';

/** How long a modelled disk takes, ms: uniform between the two. */
export interface DiskModel {
  /** Until a commit has taken effect. */
  readonly commitMs: readonly [number, number];
  /** From the effect of a commit to its answer: a crash in between leaves a commit that nobody was told of. */
  readonly answerMs: readonly [number, number];
  readonly leaseMs: readonly [number, number];
}

/**
 * A message store whose commits and leases take time, as on a disk. Calls take effect one after the other in the order
 * in which they were made, and nothing takes effect after the store behind it has died.
 */
export function createSlowStore(parts: {
  readonly store: MessageStore;
  readonly disk: DiskModel;
  readonly clock: Clock;
  readonly random: Random;
}): MessageStore {
  const { store, clock, random } = parts;
  let line: Promise<unknown> = Promise.resolve();

  const wait = ([least, most]: readonly [number, number]): Promise<void> => {
    const ms = least + random.next() * (most - least);
    return ms === 0 ? Promise.resolve() : new Promise((resolve) => clock.setTimer(ms, resolve));
  };
  const inLine = <Result>(ms: readonly [number, number], act: () => Promise<Result>): Promise<Result> => {
    const result = line.then(() => wait(ms)).then(act);
    line = result.then(
      () => {},
      () => {},
    );
    return result;
  };

  return {
    commit: async (operations) => {
      const result = await inLine(parts.disk.commitMs, () => store.commit(operations));
      await wait(parts.disk.answerMs);
      return result;
    },
    lease: (request) => inLine(parts.disk.leaseMs, () => store.lease(request)),
    extend: (lease, leaseMs) => inLine(parts.disk.leaseMs, () => store.extend(lease, leaseMs)),
    onReady: (source, listener) => store.onReady(source, listener),
    recall: (scope, key) => store.recall(scope, key),
    cursor: (source) => store.cursor(source),
    declareLog: (declaration) => store.declareLog(declaration),
    declareGroup: (declaration) => store.declareGroup(declaration),
    dropGroup: (log, group) => store.dropGroup(log, group),
    trim: (request) => store.trim(request),
    backlog: (source) => store.backlog(source),
    retained: (log) => store.retained(log),
    peek: (request) => store.peek(request),
    purge: (queue) => store.purge(queue),
    queues: (prefix) => store.queues(prefix),
    groups: (prefix) => store.groups(prefix),
    deadLetters: (request) => store.deadLetters(request),
    deadLetterCounts: (pipelineId) => store.deadLetterCounts(pipelineId),
    forgetExpired: (max) => store.forgetExpired(max),
    close: () => store.close(),
  };
}
