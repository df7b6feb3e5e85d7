/** The data folder cannot be created or written; nothing was changed. */
export class DataDirNotWritableError extends Error {
  readonly code = 'data-dir-not-writable';
  override readonly name = 'DataDirNotWritableError';
}

/** Another live process owns the database of this data folder; it was left alone. */
export class DataDirInUseError extends Error {
  readonly code = 'data-dir-in-use';
  override readonly name = 'DataDirInUseError';
}

/** The built-in PostgreSQL cannot run here. The message says why and names DATABASE_URL as the way around. */
export class EmbeddedPostgresError extends Error {
  readonly code = 'embedded-postgres-failed';
  override readonly name = 'EmbeddedPostgresError';
}

/** Node's code of a failed system call, such as EACCES. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
