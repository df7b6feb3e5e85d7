import { isRefusedKey, MESSAGE_JSON_LIMITS } from '../json/parse-json.ts';

export type ParsedForm =
  | { readonly ok: true; readonly value: Readonly<Record<string, string | readonly string[]>> }
  | { readonly ok: false; readonly message: string };

/** An urlencoded form, or a query, as an object. A field that comes more than once is a list. */
export function parseForm(text: string): ParsedForm {
  const form: Record<string, string | string[]> = {};
  let fields = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    fields += 1;
    if (fields > MESSAGE_JSON_LIMITS.keys) {
      return { ok: false, message: `has more than ${MESSAGE_JSON_LIMITS.keys} fields` };
    }
    if (isRefusedKey(name)) return { ok: false, message: `has a field named ${name}` };
    const earlier = form[name];
    if (earlier === undefined) form[name] = value;
    else if (typeof earlier === 'string') form[name] = [earlier, value];
    else earlier.push(value);
  }
  return { ok: true, value: form };
}
