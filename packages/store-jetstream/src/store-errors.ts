/** The server cannot be used: not reachable, without JetStream, or with data of another version. */
export class StoreServerError extends Error {
  readonly code = 'message-server-unusable';

  constructor(servers: string, what: string, options?: ErrorOptions) {
    super(`The message server ${servers} cannot be used: ${what}`, options);
    this.name = 'StoreServerError';
  }
}

/** Another process, or another store in this process, owns the streams. */
export class StoreOwnedError extends Error {
  readonly code = 'message-store-in-use';
  /** As it names itself; absent when it does not answer. */
  readonly owner: string | undefined;

  constructor(prefix: string, owner: string | undefined, options?: ErrorOptions) {
    super(
      `The message store ${prefix} is in use by ${owner ?? 'a process that does not answer'}. ` +
        'Stop it, or choose another prefix for this one.',
      options,
    );
    this.name = 'StoreOwnedError';
    this.owner = owner;
  }
}

/** Somebody else has become the owner: what this one wrote last was refused, and it must not write again. */
export class OwnershipLostError extends Error {
  readonly code = 'message-store-taken-over';

  constructor(prefix: string) {
    super(`Another process has taken over the message store ${prefix}.`);
    this.name = 'OwnershipLostError';
  }
}

/** The server has less than it acknowledged, as after a loss of power without `sync_interval: always`. */
export class AcknowledgedDataLostError extends Error {
  readonly code = 'acknowledged-data-lost';

  constructor(stream: string, lost: { readonly acknowledged: number; readonly found: number }) {
    super(
      `Stream ${stream} tells of ${lost.found} messages, and ${lost.acknowledged} had been acknowledged: the server has ` +
        'lost data. Restore its store directory, or begin with another prefix.',
    );
    this.name = 'AcknowledgedDataLostError';
  }
}

/** A message does not fit into one message of the server. Nothing was written, and the store stays usable. */
export class MessageTooLargeError extends Error {
  readonly code = 'message-too-large';

  constructor(place: string, size: { readonly bytes: number; readonly max: number }) {
    super(
      `A message of ${size.bytes} bytes for ${place} does not fit: the server takes ${size.max}. ` +
        'Raise max_payload in its configuration.',
    );
    this.name = 'MessageTooLargeError';
  }
}

/**
 * A write has failed, so nobody knows what the server has. The store refuses every further call; the process has to end
 * and start again, which finds out. What was running is unknown: it is either wholly stored or not at all.
 */
export class StoreFailedError extends Error {
  readonly code = 'store-failed';

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The message store could not write to its server: ${why} Look at the server, then start again.`, { cause });
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
