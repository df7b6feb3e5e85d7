export type IfMatch =
  | { readonly kind: 'missing' }
  | { readonly kind: 'any' }
  | { readonly kind: 'revision'; readonly revision: number }
  | { readonly kind: 'malformed' };

/** A draft's revision as entity tag. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/** What `If-Match` asks for: one tag of ours, or `*` for whatever is there. */
export function readIfMatch(header: string | undefined): IfMatch {
  if (header === undefined || header.trim() === '') return { kind: 'missing' };
  if (header.trim() === '*') return { kind: 'any' };
  const match = /^"?(\d{1,9})"?$/.exec(header.trim());
  return match === null ? { kind: 'malformed' } : { kind: 'revision', revision: Number(match[1]) };
}
