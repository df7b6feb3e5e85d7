import type { IngressRequest, Json, Problem } from '@sluice/engine';
import { parseJson } from '../json/parse-json.ts';
import { parseForm } from './parse-form.ts';

export type BodyReading =
  | {
      readonly ok: true;
      readonly payload: Json;
      /** Present when the payload is base64 of bytes instead of what they mean. */
      readonly encoding?: 'base64';
    }
  | { readonly ok: false; readonly problem: Problem };

/**
 * The payload of a verified request, by its content type: JSON (also without a type), a form as an object, text as a
 * text, anything else as base64. An empty body is `null`.
 *
 * A form that begins like JSON and is JSON is taken as JSON: `curl -d '{...}'` says form unless told otherwise, and no
 * browser sends a form with an unescaped brace.
 */
export function readBody(request: IngressRequest): BodyReading {
  const header = request.headers['content-type'];
  const contentType = typeof header === 'string' ? header : '';
  const mediaType = contentType.split(';', 1)[0]!.trim().toLowerCase();
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return refuse(
      415,
      'content-encoding-unsupported',
      'The body is compressed',
      'Send the body as it is, without Content-Encoding.',
    );
  }
  if (request.body.length === 0) return { ok: true, payload: null };

  const isForm = mediaType === 'application/x-www-form-urlencoded';
  const isJson = mediaType === '' || mediaType === 'application/json' || mediaType.endsWith('+json');
  if (!isForm && !isJson && !mediaType.startsWith('text/')) {
    return { ok: true, payload: toBase64(request.body), encoding: 'base64' };
  }

  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)"?/i.exec(contentType)?.[1] ?? 'utf-8';
  const decoded = decode(request.body, charset);
  if (!decoded.ok) return decoded;
  if (isJson) return readJson(decoded.text);
  if (!isForm) return { ok: true, payload: decoded.text };

  if (/^\s*[{[]/.test(decoded.text)) {
    const json = parseJson(decoded.text);
    if (json.ok) return { ok: true, payload: json.value };
  }
  const form = parseForm(decoded.text);
  return form.ok
    ? { ok: true, payload: form.value }
    : refuse(400, 'body-refused', 'The form is refused', `The form ${form.message}.`);
}

function readJson(text: string): BodyReading {
  const parsed = parseJson(text);
  if (parsed.ok) return { ok: true, payload: parsed.value };
  if (parsed.reason === 'broken') {
    return refuse(400, 'json-invalid', 'The body is not JSON', `The body ${parsed.message}.`);
  }
  return refuse(400, 'body-refused', 'The body is refused', `The body ${parsed.message}.`);
}

function decode(
  body: Uint8Array,
  charset: string,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: Problem } {
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse(
      415,
      'charset-unsupported',
      'The character set is unknown',
      `There is no character set ${charset}; send UTF-8.`,
    );
  }
  try {
    return { ok: true, text: decoder.decode(body) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return refuse(400, 'charset-mismatch', 'The body is not in its character set', `The body is not valid ${charset}.`);
  }
}

function refuse(
  status: number,
  code: string,
  title: string,
  detail: string,
): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { status, code, title, detail } };
}

/** In pieces, because a call takes only so many arguments; each a multiple of three bytes, so that they join. */
const PIECE_BYTES = 24_576;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    text += btoa(String.fromCharCode(...bytes.subarray(start, start + PIECE_BYTES)));
  }
  return text;
}
