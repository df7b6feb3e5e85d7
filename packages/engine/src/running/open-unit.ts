import { callOver } from './call-over.ts';
import type { Unit } from './unit.ts';

/** A unit that has just begun: nothing to store yet. */
export function openUnit(beginning: Omit<Unit, 'operations' | 'afterCommit' | 'callOver'>): Unit {
  return { ...beginning, operations: [], afterCommit: [], callOver };
}
