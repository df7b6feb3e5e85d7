/** Another process, or another store in this process, has the data folder open. */
export class StoreLockedError extends Error {
  readonly code = 'data-dir-in-use';
  /** Process id of the owner, as it sees itself; absent when it could not be told. */
  readonly pid: number | undefined;

  constructor(dir: string, pid: number | undefined, options?: ErrorOptions) {
    const owner =
      pid === undefined ? 'another process' : pid === process.pid ? `this process (${pid})` : `process ${pid}`;
    super(`The data folder ${dir} is in use by ${owner}. Stop it, or choose another folder for this one.`, options);
    this.name = 'StoreLockedError';
    this.pid = pid;
  }
}

/** The data folder cannot be used: not writable, no space, or written by another version. */
export class StoreFolderError extends Error {
  readonly code = 'data-dir-unusable';

  constructor(dir: string, what: string, options?: ErrorOptions) {
    super(`The data folder ${dir} cannot be used: ${what}`, options);
    this.name = 'StoreFolderError';
  }
}

/**
 * A write has failed, so nobody knows what is on disk. The store refuses every further call; the process has to end and
 * start again, which finds out. What was running is unknown: it is either wholly stored or not at all.
 */
export class StoreFailedError extends Error {
  readonly code = 'store-failed';

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The message store could not write to its folder: ${why}. Check disk space and health, then start again.`, {
      cause,
    });
    this.name = 'StoreFailedError';
  }
}

export class StoreClosedError extends Error {
  readonly code = 'store-closed';

  constructor() {
    super('The message store is closed; open it again to use it.');
    this.name = 'StoreClosedError';
  }
}
