/** Input controls beyond what the JSON type implies. */
export const CONTROLS = [
  'expression',
  'secret',
  'duration',
  'rate',
  'url',
  'code',
  'multiline',
  'headers',
  'bytes',
] as const;
export type Control = (typeof CONTROLS)[number];

/**
 * Metadata of a config field. It comes out of `z.toJSONSchema` unchanged, and forms are generated from it.
 *
 * A type alias, because zod's `meta` takes an index signature, which an interface lacks.
 */
export type FieldHints = {
  readonly title: string;
  readonly description: string;
  readonly examples?: unknown[];
  /** How it is entered; absent: by its JSON type. */
  readonly control?: Control;
  /** Shown only while the sibling field has one of these values (or its default is one). */
  readonly showWhen?: { readonly field: string; readonly in: readonly unknown[] };
  /** Rarely changed: forms fold it away. */
  readonly advanced?: true;
};
