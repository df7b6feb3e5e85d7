import { type ConnectionTarget, describeTarget } from './connection-target.ts';
import { DatabaseUnreachableError } from './database-errors.ts';

/** Says in one sentence why no connection came about and what to do. */
export function databaseUnreachable(target: ConnectionTarget, cause: unknown): DatabaseUnreachableError {
  return new DatabaseUnreachableError(`Cannot use the ${describeTarget(target)}: ${reason(target, cause)}`, { cause });
}

function reason(target: ConnectionTarget, cause: unknown): string {
  switch (errorCode(cause)) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return 'nothing answers there. Start PostgreSQL, or correct DATABASE_URL.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name ${target.host} cannot be resolved. Correct DATABASE_URL.`;
    case '28P01':
    case '28000':
      return `the server does not let in ${target.user === undefined ? 'this user' : `user "${target.user}"`}. Correct the user name and password in DATABASE_URL.`;
    case '3D000':
      return 'this database does not exist. Create it, or correct DATABASE_URL.';
    case '53300':
      return 'the server has no free connection. Raise its max_connections, or close other clients.';
    case '57P03':
      return 'the server is starting up or shutting down. Try again in a moment.';
    case '42501':
      return 'the user may not create objects there. Grant CREATE on the database.';
    default:
      return `${messageOf(cause)}. Check that the server runs and that DATABASE_URL is right.`;
  }
}

/** Node's and PostgreSQL's error codes; a host with several addresses fails with all of their errors at once. */
function errorCode(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}
