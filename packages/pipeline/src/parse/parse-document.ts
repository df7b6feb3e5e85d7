import { documentSchema, type PipelineDocument } from '../document.ts';
import type { Finding } from '../finding.ts';
import { elementAt } from '../findings/element-at.ts';
import { issuesToFindings } from '../findings/issues-to-findings.ts';
import { spokenPath, valueAt, type JsonPath } from '../findings/json-path.ts';
import { plainReason } from '../findings/plain-reason.ts';
import { migrateDocument } from '../migrations/migrate-document.ts';
import { findUnsafeStructure, STRUCTURE_BOUNDS } from './structure-bounds.ts';

export type ParseResult =
  | { readonly ok: true; readonly document: PipelineDocument }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Makes a document of anything that came from outside, or says all that is wrong with its build. Older formats are
 * brought to the newest. What it means (do wires lead somewhere, does a node type exist) is `checkDocument`'s affair.
 */
export function parseDocument(input: unknown): ParseResult {
  const unsafe = findUnsafeStructure(input);
  if (unsafe !== undefined) return { ok: false, findings: [unsafe] };
  const migrated = migrateDocument(input);
  if (!migrated.ok) return { ok: false, findings: [migrated.finding] };
  const { document } = migrated;
  const parsed = documentSchema.safeParse(document, { error: plainReason });
  if (parsed.success) return { ok: true, document: parsed.data };
  const { issues } = parsed.error;
  const findings = issuesToFindings(issues.slice(0, STRUCTURE_BOUNDS.findings), {
    schema: documentSchema,
    value: document,
    base: [],
    owner: 'a document',
    explainUnknownField: (path) => settingsOfOtherDelivery(document, path),
  });
  return {
    ok: false,
    findings: [
      ...findings.map((finding) => ({ ...finding, ...elementAt(document, finding.path) })),
      ...moreFindings(issues.length - STRUCTURE_BOUNDS.findings),
    ],
  };
}

function moreFindings(count: number): readonly Finding[] {
  if (count <= 0) return [];
  return [
    {
      severity: 'error',
      code: 'more-findings',
      message: `${count} more things are wrong. Put these right first.`,
      path: '',
    },
  ];
}

const SETTINGS_OF = { push: 'call', pull: 'queue', event: 'log' } as const;

/** `queue` on a push wire is no misspelling: it is the settings of another delivery. */
function settingsOfOtherDelivery(document: unknown, path: JsonPath): Omit<Finding, 'path'> | undefined {
  const [list, index, field] = path;
  if (path.length !== 3 || list !== 'wires' || index === undefined) return undefined;
  const delivery = valueAt(document, [list, index, 'delivery']);
  const owner = Object.entries(SETTINGS_OF).find(([, settings]) => settings === field)?.[0];
  if (owner === undefined || (delivery !== 'push' && delivery !== 'pull' && delivery !== 'event')) return undefined;
  const own = SETTINGS_OF[delivery];
  return {
    severity: 'error',
    code: 'settings-of-other-delivery',
    message:
      `\`${spokenPath(path)}\` holds the settings of ${owner === 'event' ? 'an' : 'a'} ${owner} wire, but this wire's delivery is ${delivery}, ` +
      `whose settings stand under \`${own}\`. Rename the field, or set \`delivery\` to \`${owner}\`.`,
    suggestion: own,
  };
}
