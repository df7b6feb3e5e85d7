import { editDeadLetterSchema, type DeadLetterView, type EditDeadLetter } from '@sluice/protocol';

/** What a person typed over a dead letter: what it changes, or why it cannot be saved. */
export function readEdit(
  typed: { readonly payload: string; readonly headers: string; readonly key: string },
  letter: Pick<DeadLetterView, 'payload' | 'headers' | 'key'>,
): {
  /** Absent when nothing differs or something is wrong. */
  readonly edit?: EditDeadLetter;
  readonly errors: { readonly payload?: string; readonly headers?: string };
} {
  const payload = readJson(typed.payload);
  const headers = readJson(typed.headers);
  const errors = {
    ...(payload.ok ? {} : { payload: `This is not JSON: ${payload.why}` }),
    ...(headers.ok ? {} : { headers: `This is not JSON: ${headers.why}` }),
  };
  if (!payload.ok || !headers.ok) return { errors };
  const parsed = editDeadLetterSchema.safeParse({
    ...(same(payload.value, letter.payload) ? {} : { payload: payload.value }),
    ...(same(headers.value, letter.headers) ? {} : { headers: headers.value }),
    ...(typed.key === letter.key ? {} : { key: typed.key }),
  });
  if (parsed.success) return { edit: parsed.data, errors };
  const ofHeaders = parsed.error.issues.some(({ path }) => path[0] === 'headers');
  return { errors: ofHeaders ? { headers: 'These must be names with texts, such as { "x-tenant": "acme" }.' } : {} };
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function readJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false; why: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, why: error.message };
    throw error;
  }
}
