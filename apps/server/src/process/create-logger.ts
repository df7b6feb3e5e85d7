import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { LogLevel } from '../config.ts';

export interface LogOutput {
  readonly logger: Logger;
  /** Writes out what is still held back; before the process ends. */
  flush(): void;
}

/** Values under these names never reach the log, wherever they stand in an entry. */
const SECRET_NAMES = ['authorization', 'cookie', 'password', 'secret', 'token'];

/**
 * JSON lines on standard error, so that they never mix with the few lines for people on standard output. Somebody who
 * sits at a terminal is not shown them below `warn` unless he asks.
 */
export function createLogger(o: { readonly level: LogLevel | undefined; readonly terminal: boolean }): LogOutput {
  const stream = destination({ dest: 2, sync: false });
  const logger = pino(
    {
      level: o.level ?? (o.terminal ? 'warn' : 'info'),
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_NAMES.flatMap((name) => [`*.${name}`, `*.*.${name}`]), censor: '[hidden]' },
    },
    stream as DestinationStream,
  );
  return { logger, flush: () => stream.flushSync() };
}
