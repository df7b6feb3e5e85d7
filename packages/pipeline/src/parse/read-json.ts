import { jsonPointer } from '../findings/json-path.ts';
import { indexLines, type LineColumn } from './line-column.ts';
import type { ReadResult } from './read-result.ts';
import { scanJson } from './scan-json.ts';

/** JSON text to a value, with positions. */
export function readJson(text: string): ReadResult {
  const scan = scanJson(text);
  if (!scan.ok) {
    const at = indexLines(text)(scan.offset);
    const message = `The JSON cannot be read at line ${at.line}, column ${at.column}: ${scan.problem}.`;
    const code = scan.reason === 'syntax' ? 'broken-syntax' : scan.reason;
    return { ok: false, findings: [{ severity: 'error', code, message, path: '', at }] };
  }
  return { ok: true, value: JSON.parse(text) as unknown, locate: (pointers) => locate(text, pointers) };
}

/** One scan for all pointers. A value that is missing is placed at the nearest thing around it that is there. */
function locate(text: string, pointers: readonly string[]): readonly LineColumn[] {
  const ancestors = pointers.map((pointer) => withAncestors(pointer));
  const wanted = new Set(ancestors.flat());
  const offsets = new Map<string, number>([['', text.search(/\S/)]]);
  scanJson(text, {
    onEntry: (path, offset) => {
      const here = jsonPointer(path);
      if (wanted.has(here)) offsets.set(here, offset);
    },
  });
  const lineColumn = indexLines(text);
  return ancestors.map((ways) => lineColumn(offsets.get(ways.find((way) => offsets.has(way)) ?? '') ?? 0));
}

/** The pointer itself, then ever shorter ones: `/a/b`, `/a` and the empty one. */
function withAncestors(pointer: string): readonly string[] {
  const segments = pointer.split('/');
  return segments.map((_, index) => segments.slice(0, segments.length - index).join('/'));
}
