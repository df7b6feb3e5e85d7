import { DatabaseUrlInvalidError } from './database-errors.ts';

/** Where a connection URL leads, without the password. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string | undefined;
  /** PostgreSQL schema named by Prisma's `?schema=`; the server's default when absent. */
  readonly schema: string | undefined;
}

/** @throws DatabaseUrlInvalidError. The message does not repeat the URL, because it may hold a password. */
export function connectionTarget(url: string): ConnectionTarget {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) throw invalidUrl();
  try {
    return targetOf(parsed);
  } catch (cause) {
    // A percent sign that begins no escape, as in a password copied as it is.
    throw invalidUrl(cause);
  }
}

function targetOf(parsed: URL): ConnectionTarget {
  decodeURIComponent(parsed.password);
  const schema = parsed.searchParams.get('schema') ?? undefined;
  // Prisma writes the name into its queries as it is.
  if (schema?.includes('"') === true) throw invalidUrl();
  const user = decodeURIComponent(parsed.username) || (parsed.searchParams.get('user') ?? undefined);
  return {
    host: parsed.searchParams.get('host') ?? (decodeURIComponent(parsed.hostname) || 'localhost'),
    port: Number(parsed.port || (parsed.searchParams.get('port') ?? 5432)),
    database: decodeURIComponent(parsed.pathname.slice(1)) || user || 'postgres',
    user,
    schema,
  };
}

export function describeTarget({ host, port, database }: ConnectionTarget): string {
  return host.startsWith('/') ? `database "${database}" through ${host}` : `database "${database}" at ${host}:${port}`;
}

function invalidUrl(cause?: unknown): DatabaseUrlInvalidError {
  return new DatabaseUrlInvalidError(
    'The database address must look like postgresql://user:password@host:5432/database, with % and @ in a password written as %25 and %40. Correct DATABASE_URL, or remove it to use the built-in database.',
    { cause },
  );
}
