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
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new DatabaseUrlInvalidError(
      'The database address must look like postgresql://user:password@host:5432/database. Correct DATABASE_URL, or remove it to use the built-in database.',
    );
  }
  const user = decodeURIComponent(parsed.username) || (parsed.searchParams.get('user') ?? undefined);
  return {
    host: parsed.searchParams.get('host') ?? (decodeURIComponent(parsed.hostname) || 'localhost'),
    port: Number(parsed.port || (parsed.searchParams.get('port') ?? 5432)),
    database: decodeURIComponent(parsed.pathname.slice(1)) || user || 'postgres',
    user,
    schema: parsed.searchParams.get('schema') ?? undefined,
  };
}

export function describeTarget({ host, port, database }: ConnectionTarget): string {
  return host.startsWith('/') ? `database "${database}" through ${host}` : `database "${database}" at ${host}:${port}`;
}
