import { FORMAT } from '../document.ts';
import type { Finding } from '../finding.ts';
import { shortened } from '../findings/json-path.ts';
import { nearest } from '../findings/nearest.ts';
import { valueName } from '../findings/plain-reason.ts';

/**
 * Takes a document from one format to the next. Pure; gets any object that names `from` as its format, so it must leave
 * alone what it does not understand: the schema of the newest format has the last word.
 */
export interface Migration {
  readonly from: string;
  readonly to: string;
  migrate(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

/** In order, oldest first, one file each (`0002-rename-port.ts`). There has been only one format so far. */
export const MIGRATIONS: readonly Migration[] = [];

export type MigrateResult =
  | { readonly ok: true; readonly document: Readonly<Record<string, unknown>>; readonly migratedFrom?: string }
  | { readonly ok: false; readonly finding: Finding };

/** Brings a document of any known format to the newest one, without judging anything but its `format`. */
export function migrateDocument(input: unknown, migrations: readonly Migration[] = MIGRATIONS): MigrateResult {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return refused(
      'wrong-type',
      `A document must be an object with \`format\`, \`name\`, \`nodes\` and \`wires\`, not ${valueName(input)}.`,
      '',
    );
  }
  let document = input as Readonly<Record<string, unknown>>;
  const known = [...new Set([...migrations.map((migration) => migration.from), FORMAT])];
  const { format } = document;
  if (format === undefined) {
    return refused(
      'missing-field',
      `\`format\` is missing. The first field of a document is \`format: ${FORMAT}\`.`,
      '/format',
      FORMAT,
    );
  }
  if (typeof format !== 'string' || !known.includes(format)) return unknownFormat(format, known);
  for (let step = stepFrom(document, migrations); step !== undefined; step = stepFrom(document, migrations)) {
    document = { ...step.migrate(document), format: step.to };
  }
  return { ok: true, document, ...(format === FORMAT ? {} : { migratedFrom: format }) };
}

function stepFrom(
  document: Readonly<Record<string, unknown>>,
  migrations: readonly Migration[],
): Migration | undefined {
  return migrations.find((migration) => migration.from === document['format']);
}

function unknownFormat(format: unknown, known: readonly string[]): MigrateResult {
  const named = typeof format === 'string' ? `"${shortened(format)}"` : valueName(format);
  const newer = typeof format === 'string' && /^sluice\/v([2-9]|[1-9]\d+)$/.test(format);
  const formats = known.map((one) => `\`${one}\``).join(', ');
  const message = newer
    ? `\`format\` is ${named}, which is newer than this version of Sluice knows (${formats}). Update Sluice to open it.`
    : `\`format\` is ${named}, which is not a known format. Known: ${formats}.`;
  return refused(
    'unknown-format',
    message,
    '/format',
    typeof format === 'string' ? (nearest(format, known) ?? FORMAT) : FORMAT,
  );
}

function refused(code: string, message: string, path: string, suggestion?: string): MigrateResult {
  return {
    ok: false,
    finding: { severity: 'error', code, message, path, ...(suggestion === undefined ? {} : { suggestion }) },
  };
}
