import { WorkError, type Json } from '@sluice/engine';
import { isoTime, parseIsoTime } from '../time/iso-time.ts';

/** A position in the data: a number, or a text such as a time or an id. */
export type CursorValue = string | number;

/** The value of one item or page; `undefined` where it has none. */
export function toCursorValue(value: Json | undefined): CursorValue | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new WorkError('cursor.value gives neither a text nor a number', {
    code: 'cursor-not-a-value',
    retryable: false,
  });
}

/**
 * Which of two values is later: times by their moment, whole numbers written as text by their size, other texts by their
 * characters. Below zero when `a` is earlier.
 */
export function compareCursorValues(a: CursorValue, b: CursorValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') {
    const [timeA, timeB] = [parseIsoTime(a), parseIsoTime(b)];
    if (timeA !== undefined && timeB !== undefined && timeA !== timeB) return timeA - timeB;
    // Equal to the millisecond: what stands behind it decides.
    if (/^\d+$/.test(a) && /^\d+$/.test(b)) return compareDigits(a.replace(/^0+/, ''), b.replace(/^0+/, ''));
    if (a === b) return 0;
    return a < b ? -1 : 1;
  }
  throw new WorkError('cursor.value gives a number for some items and a text for others', {
    code: 'cursor-mixed',
    retryable: false,
  });
}

/** Ids outgrow the numbers that a double can tell apart. */
function compareDigits(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The moment of a value that is a time: ISO 8601, or ms since 1970. */
export function cursorTime(value: CursorValue): number | undefined {
  return typeof value === 'number' ? value : parseIsoTime(value);
}

/** The moment of a value that has to be one. */
export function requireTime(value: CursorValue): number {
  const time = cursorTime(value);
  if (time !== undefined) return time;
  throw new WorkError(`cursor.overlap needs times, and "${value}" is none`, {
    code: 'cursor-not-a-time',
    retryable: false,
  });
}

/** The value that lies `overlapMs` earlier, written as the value is. */
export function earlierValue(value: CursorValue, overlapMs: number): CursorValue {
  const time = requireTime(value) - overlapMs;
  return typeof value === 'number' ? time : isoTime(time);
}
