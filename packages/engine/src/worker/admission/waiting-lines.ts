import type { Clock } from '../../ports/clock.ts';
import { FORGET_AFTER_MS } from './verb.ts';

/** Messages of one node and one verb that are remembered in line, over all keys. */
export const IN_LINE_MAX = 10_000;

/**
 * Who waits under each key, in the order in which they were first seen. They themselves are back on their wire until
 * their time; this is so that nobody who arrives later goes before them. Beyond `IN_LINE_MAX` nobody is remembered: who
 * comes then is sent behind the line, and has no place in it.
 */
export interface WaitingLines {
  /** How many wait before `place`; for who does not wait yet, all of the key. */
  ahead(key: string, place: string): number;
  /** Waits from now on, or still, until `dueAtMs` (monotonic). */
  wait(key: string, place: string, dueAtMs: number): void;
  leave(key: string, place: string): void;
  isEmpty(key: string): boolean;
  /** No further one would be remembered. */
  isFull(): boolean;
}

export function createWaitingLines(clock: Clock): WaitingLines {
  const lines = new Map<string, Map<string, number>>();
  let size = 0;

  const drop = (key: string, line: Map<string, number>, place: string): void => {
    if (!line.delete(place)) return;
    size -= 1;
    if (line.size === 0) lines.delete(key);
  };

  /** Who has not come back long after its time will not: it was purged, or has expired. */
  const dropLost = (key: string, line: Map<string, number>): void => {
    const lostBefore = clock.monotonicMs() - FORGET_AFTER_MS;
    for (const [place, dueAtMs] of line) {
      if (dueAtMs >= lostBefore) return;
      drop(key, line, place);
    }
  };

  return {
    ahead(key, place) {
      const line = lines.get(key);
      if (line === undefined) return 0;
      dropLost(key, line);
      if (!line.has(place)) return line.size;
      let ahead = 0;
      for (const other of line.keys()) {
        if (other === place) break;
        ahead += 1;
      }
      return ahead;
    },
    wait(key, place, dueAtMs) {
      let line = lines.get(key);
      if (line?.has(place) === true) {
        line.set(place, dueAtMs);
        return;
      }
      if (size >= IN_LINE_MAX) return;
      if (line === undefined) lines.set(key, (line = new Map()));
      line.set(place, dueAtMs);
      size += 1;
    },
    leave(key, place) {
      const line = lines.get(key);
      if (line !== undefined) drop(key, line, place);
    },
    isEmpty: (key) => !lines.has(key),
    isFull: () => size >= IN_LINE_MAX,
  };
}
