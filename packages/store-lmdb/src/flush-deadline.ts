/** A disk that has owed the answer to a write for so long is taken for dead: nobody may be kept waiting for ever. */
export const FLUSH_DEADLINE_MS = 30_000;

/** What was to be written may be on the disk, or come there later. */
export class DiskSilentError extends Error {
  readonly code = 'disk-silent';

  constructor() {
    super(`the disk has not answered for ${FLUSH_DEADLINE_MS / 1_000} seconds`);
    this.name = 'DiskSilentError';
  }
}

/**
 * Rejects with `DiskSilentError` when the write takes longer than a disk that works ever does. Measured in real time,
 * whatever clock the store was given: this is about the disk, not about messages.
 */
export async function withinFlushDeadline<T>(written: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new DiskSilentError()), FLUSH_DEADLINE_MS);
  try {
    return await Promise.race([written, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
