import type { FieldTexts, Value } from './field-model.ts';
import type { FieldSchema } from './json-schema.ts';

export interface FormContext {
  /** Words by dotted path, for fields whose schema has none. */
  readonly texts: Readonly<Record<string, FieldTexts>>;
  /** What is wrong, by JSON Pointer from the form's root. */
  readonly errors: ReadonlyMap<string, string>;
  /** True: a value that its schema refuses stays in the field, marked, and is not passed on. */
  readonly strict: boolean;
}

export interface SchemaFormProps {
  readonly schema: FieldSchema;
  readonly value: Value;
  readonly onChange: (value: Value, changed: { readonly label: string; readonly path: string }) => void;
  readonly context: FormContext;
  /** Dotted path of this group inside of the form. */
  readonly path?: string;
}

/** What every control is given. */
export interface ControlProps {
  readonly label: string;
  readonly description: string | undefined;
  readonly error: string | undefined;
  readonly required: boolean;
  readonly schema: FieldSchema;
  readonly value: unknown;
  readonly placeholder: string | undefined;
  readonly unit: string | undefined;
  readonly strict: boolean;
  readonly onChange: (value: unknown) => void;
}
