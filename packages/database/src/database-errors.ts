/** What can go wrong between Sluice and PostgreSQL. Messages are for the person who runs Sluice; none holds a password. */

/** No connection: refused, timed out, not let in, or no such database. Retrying later may help. */
export class DatabaseUnreachableError extends Error {
  readonly code = 'database-unreachable';
  override readonly name = 'DatabaseUnreachableError';
}

/** `DATABASE_URL` is not an address of a PostgreSQL database. */
export class DatabaseUrlInvalidError extends Error {
  readonly code = 'database-url-invalid';
  override readonly name = 'DatabaseUrlInvalidError';
}

/** The database holds tables that are not Sluice's; nothing was changed. */
export class DatabaseNotEmptyError extends Error {
  readonly code = 'database-not-empty';
  override readonly name = 'DatabaseNotEmptyError';
}

/** A later Sluice has migrated the database; nothing was changed. */
export class DatabaseNewerError extends Error {
  readonly code = 'database-newer';
  override readonly name = 'DatabaseNewerError';
}

/** A migration did not go through, now or at an earlier start. */
export class MigrationFailedError extends Error {
  readonly code = 'migration-failed';
  override readonly name = 'MigrationFailedError';
}

/** A version or deployment was to be stored for a pipeline that does not exist (any more). */
export class PipelineMissingError extends Error {
  readonly code = 'pipeline-missing';
  override readonly name = 'PipelineMissingError';
}

/** A deployment names a version that was never published. */
export class VersionMissingError extends Error {
  readonly code = 'version-missing';
  override readonly name = 'VersionMissingError';
}
