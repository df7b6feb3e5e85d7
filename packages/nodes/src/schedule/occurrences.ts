import { WorkError } from '@sluice/engine';
import { durationMs } from '@sluice/pipeline';
import { Cron } from 'croner';
import type { ScheduleConfig } from './definition.ts';

/** The times of a schedule, without beginning or end. All times are ms since 1970. */
export interface Occurrences {
  /** The first time after `ms`. */
  after(ms: number): number;
  /** The last time at or before `ms`; `undefined` when there is none. */
  atOrBefore(ms: number): number | undefined;
}

/** Rejects with `schedule-invalid` when the pattern or time zone cannot be used. */
export function readOccurrences(config: Pick<ScheduleConfig, 'cron' | 'every' | 'timezone'>): Occurrences {
  return config.cron === undefined
    ? evenOccurrences(durationMs(config.every ?? ''))
    : cronOccurrences(config.cron, config.timezone);
}

/** Counted from 1970, so that a restart moves nothing. */
function evenOccurrences(everyMs: number): Occurrences {
  return {
    after: (ms) => (Math.floor(ms / everyMs) + 1) * everyMs,
    atOrBefore: (ms) => Math.floor(ms / everyMs) * everyMs,
  };
}

function cronOccurrences(pattern: string, timezone: string): Occurrences {
  let cron: Cron;
  try {
    // Never started: it has no task, so all it does is to compute times.
    cron = new Cron(pattern, { timezone, mode: '5-or-6-parts', paused: true });
    if (cron.nextRun(dateOf(0)) === null) throw new RangeError('it never comes due');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WorkError(`cron: "${pattern}" in ${timezone} cannot be used: ${reason}`, {
      code: 'schedule-invalid',
      retryable: false,
    });
  }
  return {
    after: (ms) => cron.nextRun(dateOf(ms))?.getTime() ?? Number.POSITIVE_INFINITY,
    // It looks strictly before, by the second; one more millisecond takes the moment itself in.
    atOrBefore: (ms) => cron.previousRuns(1, dateOf(ms + 1))[0]?.getTime(),
  };
}

function dateOf(ms: number) {
  // oxlint-disable-next-line no-restricted-globals -- made from a number, reads no clock
  return new Date(ms);
}
