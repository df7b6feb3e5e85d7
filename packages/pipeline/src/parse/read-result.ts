import type { Finding } from '../finding.ts';
import type { LineColumn } from './line-column.ts';

/** A text's value, with the way back from JSON Pointers into the text: to the value or, if missing, what is around it. */
export type ReadResult =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly locate: (pointers: readonly string[]) => readonly LineColumn[];
    }
  | { readonly ok: false; readonly findings: readonly Finding[] };
