import { type Finding, parseDocumentText, type PipelineDocument } from '@sluice/pipeline';
import { refuse, type Refusal } from '../errors-to-http.ts';
import type { TextBody } from '../handlers.ts';

/** The document of a request body, or a refusal that lists all that is wrong with its build. */
export function readDocument({
  text,
  syntax,
}: TextBody):
  | { readonly ok: true; readonly document: PipelineDocument }
  | { readonly ok: false; readonly refusal: Refusal } {
  const parsed = parseDocumentText(text, { syntax });
  if (parsed.ok) return parsed;
  const [first] = parsed.findings;
  const detail = first === undefined ? 'The document cannot be read.' : first.message;
  const malformed = syntax === 'json' && !isJson(text);
  return {
    ok: false,
    refusal: refuse(malformed ? 'body-malformed' : 'document-invalid', detail, {
      members: { errors: presentFindings(parsed.findings) },
    }),
  };
}

/** Findings as they stand in a problem's `errors`. */
export function presentFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.map((finding) => ({ ...finding }));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Throwing is how JSON.parse says no.
    return false;
  }
}
