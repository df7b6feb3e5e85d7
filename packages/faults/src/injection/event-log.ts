import { readFileSync } from 'node:fs';
import type { BorderEvent } from './border-event.ts';

/** As `struct event` of `preload/faults.c` has it. */
const HEAD_BYTES = 48;
const MAGIC = 0x46_41_55_31;
/** As `enum kind` there, from 1. */
const KINDS = [
  ['write', 'begin'],
  ['write', 'end'],
  ['flush', 'begin'],
  ['flush', 'end'],
  ['answer', 'begin'],
  ['answer', 'end'],
  ['call', 'begin'],
  ['call', 'end'],
  ['answered', 'end'],
  ['resize', 'end'],
] as const satisfies readonly (readonly [BorderEvent['kind'], BorderEvent['phase']])[];

/** Reads what the preload library has logged, in the order in which it happened. A last event that was cut off is left out. */
export function readEvents(file: string): readonly BorderEvent[] {
  return parseEvents(readFileSync(file));
}

export function parseEvents(log: Buffer): readonly BorderEvent[] {
  const events: BorderEvent[] = [];
  for (let from = 0; from + HEAD_BYTES <= log.length;) {
    if (log.readUInt32LE(from) !== MAGIC) throw new Error(`The event log is broken at byte ${from}.`);
    const [kind, phase] = KINDS[log.readUInt16LE(from + 4) - 1] ?? [];
    if (kind === undefined || phase === undefined)
      throw new Error(`The event log has an unknown kind at byte ${from}.`);
    const field = (index: number): number => Number(log.readBigInt64LE(from + 8 + index * 8));
    const start = from + HEAD_BYTES;
    const end = start + field(4);
    if (end > log.length) break;
    events.push({
      kind,
      phase,
      isSynchronous: log.readUInt16LE(from + 6) === 1,
      life: field(0),
      number: field(1),
      at: field(2),
      result: field(3),
      bytes: log.subarray(start, end),
    });
    from = end;
  }
  return events;
}
