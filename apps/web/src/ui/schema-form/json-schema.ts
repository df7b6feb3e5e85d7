import { z } from 'zod';

/** The part of JSON Schema that node settings use, with the hints that forms are made from. */
export interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
  readonly oneOf?: readonly FieldSchema[];
  readonly allOf?: readonly FieldSchema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, FieldSchema>>;
  readonly id?: string;
  readonly control?: string;
  readonly showWhen?: { readonly field: string; readonly in: readonly unknown[] };
  readonly advanced?: boolean;
}

const cache = new WeakMap<z.ZodType, FieldSchema>();

/** JSON Schema of what a person may enter, with references resolved. Made once per schema. */
export function fieldSchemaOf(schema: z.ZodType): FieldSchema {
  const known = cache.get(schema);
  if (known !== undefined) return known;
  // zod gives JSON Schema 2020-12; the interface above names what is read of it.
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as FieldSchema;
  const resolved = resolve(root, root.$defs ?? {}, 0);
  cache.set(schema, resolved);
  return resolved;
}

/** Deeper than any form goes; ends a schema that contains itself. */
const DEPTH_MAX = 12;

function resolve(schema: FieldSchema, defs: Readonly<Record<string, FieldSchema>>, depth: number): FieldSchema {
  if (depth > DEPTH_MAX) return {};
  const { $ref, allOf, $defs: _defs, ...own } = schema;
  const target = $ref === undefined ? {} : resolve(defs[$ref.replace('#/$defs/', '')] ?? {}, defs, depth + 1);
  const parts = (allOf ?? []).map((part) => resolve(part, defs, depth + 1));
  const whole: FieldSchema = Object.assign({}, target, ...parts, own);
  return {
    ...whole,
    ...(own.properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(own.properties).map(([key, child]) => [key, resolve(child, defs, depth + 1)]),
          ),
        }),
    ...(own.items === undefined ? {} : { items: resolve(own.items, defs, depth + 1) }),
    ...(own.anyOf === undefined ? {} : { anyOf: own.anyOf.map((child) => resolve(child, defs, depth + 1)) }),
    ...(own.oneOf === undefined ? {} : { oneOf: own.oneOf.map((child) => resolve(child, defs, depth + 1)) }),
  };
}
