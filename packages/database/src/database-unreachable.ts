import { Prisma } from './generated/client.ts';
import { type ConnectionTarget, describeTarget } from './connection-target.ts';
import { DatabaseUnreachableError } from './database-errors.ts';

/** Prisma's codes for a connection that could not be made, was refused or broke off. */
const PRISMA_CODES: ReadonlySet<string> = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2037',
]);
/** PostgreSQL's: connection exceptions, shutdown, not (yet) accepting connections. */
const SQL_STATES = /^(08...|57P0[1235]|55000|53300|28...|3D000)$/;
/** What pg says when a socket closes under a query, or none becomes free in time; these errors have no code. */
const PG_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/** Whether the query failed for want of a connection, so that the same query may succeed later. */
export function isConnectionFailure(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError && PRISMA_CODES.has(error.code)) return true;
  const original = originalError(error);
  return SQL_STATES.test(original.code ?? '') || PG_MESSAGES.test(original.message);
}

/** Says in one sentence why there is no connection and what to do. */
export function databaseUnreachable(target: ConnectionTarget, cause: unknown): DatabaseUnreachableError {
  return new DatabaseUnreachableError(
    `Cannot use the ${describeTarget(target)}: ${reason(target, originalError(cause))}`,
    { cause },
  );
}

function reason(target: ConnectionTarget, { code, message }: OriginalError): string {
  switch (code) {
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
    case '57P01':
    case '57P02':
    case '57P03':
      return 'the server is starting up or shutting down. Try again in a moment.';
    case '42501':
      return 'the user may not create objects there. Grant CREATE on the database.';
    case undefined:
    default:
      return `${message.replace(/\.$/, '')}. Check that the server runs and that DATABASE_URL is right.`;
  }
}

interface OriginalError {
  readonly code: string | undefined;
  readonly message: string;
}

/** What Node or PostgreSQL said: without Prisma's wrapping, and one of the errors of a host with several addresses. */
function originalError(error: unknown): OriginalError {
  if (error instanceof AggregateError && error.errors.length > 0) return originalError(error.errors[0]);
  if (error instanceof Prisma.PrismaClientKnownRequestError) {
    const { driverAdapterError } = error.meta ?? {};
    const cause = driverAdapterError instanceof Error ? driverAdapterError.cause : undefined;
    if (isObject(cause)) return fromAdapter(cause, error.message);
  }
  const code = isObject(error) && typeof error['code'] === 'string' ? error['code'] : undefined;
  return { code, message: error instanceof Error ? error.message : String(error) };
}

/** The adapter gives some failures a name of its own and drops the code. */
function fromAdapter(cause: Readonly<Record<string, unknown>>, message: string): OriginalError {
  const { kind, code, originalCode, originalMessage } = cause;
  if (kind === 'DatabaseNotReachable') return { code: 'ECONNREFUSED', message };
  return {
    code: [originalCode, code].find((candidate) => typeof candidate === 'string'),
    message: typeof originalMessage === 'string' ? originalMessage : (message.trim().split('\n').at(-1) ?? message),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
