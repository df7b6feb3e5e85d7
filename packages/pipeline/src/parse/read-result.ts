import type { Finding } from '../finding.ts';

/** A text's value, with the way back from a JSON Pointer into the text. */
export type ReadResult =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly locate: (pointer: string) => { readonly line: number; readonly column: number };
    }
  | { readonly ok: false; readonly findings: readonly Finding[] };
