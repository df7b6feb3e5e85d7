import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readOccurrences } from './occurrences.ts';

const schedules = [
  { cron: '*/15 * * * *', timezone: 'UTC' },
  { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
  { cron: '*/20 1-3 * * *', timezone: 'Europe/Berlin' },
  { cron: '0 0 29 2 *', timezone: 'America/New_York' },
  { cron: '15 10 * * MON#2', timezone: 'Australia/Lord_Howe' },
  { cron: '*/7 * * * * *', timezone: 'Asia/Kolkata' },
  { every: '7s', timezone: 'UTC' },
  { every: '1d', timezone: 'UTC' },
] as const;

test.each(schedules)('%j: looking forward and looking back meet', (schedule) => {
  const occurrences = readOccurrences(schedule);
  const moment = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2028, 0, 1) });
  fc.assert(
    fc.property(moment, (ms) => {
      const next = occurrences.after(ms);
      expect(next).toBeGreaterThan(ms);
      expect(occurrences.atOrBefore(next)).toBe(next);
      const last = occurrences.atOrBefore(next - 1);
      if (last === undefined) throw new Error('there is always one before');
      expect(last).toBeLessThanOrEqual(ms);
      expect(occurrences.after(last)).toBe(next);
    }),
    { numRuns: 60 },
  );
});
