import type { z } from 'zod';
import type { JsonPath } from './json-path.ts';

type Schema = z.core.$ZodType;

/**
 * The schema of what stands at a path, for suggestions of field names. Where a union has several branches, the value
 * decides: by its discriminator, else by being an object or not. `undefined` where the schema says nothing.
 */
export function schemaAt(root: Schema, value: unknown, path: JsonPath): Schema | undefined {
  let schema = unwrapped(root, value);
  let current = value;
  for (const segment of path) {
    current = ownField(current, segment);
    const child = schema === undefined ? undefined : childSchema(schema, segment);
    if (child === undefined) return undefined;
    schema = unwrapped(child, current);
  }
  return schema;
}

/** Names and schemas of the fields of an object schema; `undefined` for any other. */
export function fieldsOf(schema: Schema | undefined): Readonly<Record<string, Schema>> | undefined {
  if (schema === undefined) return undefined;
  const { def } = asKnown(schema)._zod;
  return def.type === 'object' ? def.shape : undefined;
}

function childSchema(schema: Schema, segment: string | number): Schema | undefined {
  const { def } = asKnown(schema)._zod;
  if (def.type === 'object') return Object.hasOwn(def.shape, segment) ? def.shape[segment] : undefined;
  if (def.type === 'array') return def.element;
  if (def.type === 'record') return def.valueType;
  if (def.type === 'tuple') return def.items[Number(segment)];
  return undefined;
}

function unwrapped(schema: Schema, value: unknown): Schema | undefined {
  const { def } = asKnown(schema)._zod;
  if ('innerType' in def) return unwrapped(def.innerType, value);
  if (def.type === 'pipe') return unwrapped(def.in, value);
  if (def.type === 'lazy') return unwrapped(def.getter(), value);
  if (def.type === 'union') return unionBranch(def, value);
  return schema;
}

function unionBranch(
  def: z.core.$ZodUnionDef & { readonly discriminator?: string },
  value: unknown,
): Schema | undefined {
  const branches = def.options.map((option) => unwrapped(option, value)).filter((branch) => branch !== undefined);
  const { discriminator } = def;
  if (discriminator !== undefined) {
    return branches.find((branch) => hasLiteral(fieldsOf(branch)?.[discriminator], ownField(value, discriminator)));
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const objects = branches.filter((branch) => fieldsOf(branch) !== undefined);
  return objects.length === 1 ? objects[0] : undefined;
}

function hasLiteral(schema: Schema | undefined, value: unknown): boolean {
  if (schema === undefined) return false;
  const { def } = asKnown(schema)._zod;
  return def.type === 'literal' && def.values.some((literal) => literal === value);
}

function ownField(value: unknown, field: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined;
  return (value as Readonly<Record<string | number, unknown>>)[field];
}

/** `$ZodTypes` is zod's own union of all its schema classes, told apart by `def.type`; every schema is one of them. */
function asKnown(schema: Schema): z.core.$ZodTypes {
  return schema as z.core.$ZodTypes;
}
