import { jsonPointer } from '../findings/json-path.ts';
import { lineColumn } from './line-column.ts';
import type { ReadResult } from './read-result.ts';
import { scanJson } from './scan-json.ts';

/** JSON text to a value, with positions. */
export function readJson(text: string): ReadResult {
  const scan = scanJson(text);
  if (!scan.ok) {
    const at = lineColumn(text, scan.offset);
    const message = `The JSON cannot be read at line ${at.line}, column ${at.column}: ${scan.problem}.`;
    const code = scan.reason === 'syntax' ? 'broken-syntax' : scan.reason;
    return { ok: false, findings: [{ severity: 'error', code, message, path: '', at }] };
  }
  return { ok: true, value: JSON.parse(text) as unknown, locate: (pointer) => locate(text, pointer) };
}

/** The place of a value or, where it is missing, of the object around it. */
function locate(text: string, pointer: string): { readonly line: number; readonly column: number } {
  let offset = text.search(/\S/);
  let found = '';
  scanJson(text, {
    onEntry: (path, entryOffset) => {
      const here = jsonPointer(path);
      if (here.length > found.length && (pointer === here || pointer.startsWith(`${here}/`))) {
        found = here;
        offset = entryOffset;
      }
    },
  });
  return lineColumn(text, offset);
}
