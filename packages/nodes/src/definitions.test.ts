import { PALETTE_GROUPS } from '@sluice/pipeline';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { nodeCatalogue } from './definitions.ts';

const definitions = nodeCatalogue.types.map((type) => nodeCatalogue.find(type)!);

describe.each(definitions.map((definition) => [definition.type, definition] as const))(
  'definition of %s',
  (type, definition) => {
    test('is found under its type', () => {
      expect(nodeCatalogue.find(type)).toBe(definition);
    });

    test('accepts the config of a fresh node', () => {
      expect(definition.config.safeParse(definition.initialConfig)).toMatchObject({ success: true });
    });

    test('refuses unknown settings', () => {
      expect(definition.config.safeParse({ ...definition.initialConfig, surprise: 1 }).success).toBe(false);
    });

    test('has a style exactly when it is a source', () => {
      expect('sourceStyle' in definition).toBe(definition.role === 'source');
    });

    test('names each output port once', () => {
      const names = definition.outputs.map((port) => port.name);
      expect(new Set(names).size).toBe(names.length);
      if (definition.role !== 'sink') expect(names.length).toBeGreaterThan(0);
    });

    test('gives every field a title and a description', () => {
      const schema = z.toJSONSchema(definition.config, { io: 'input' });
      for (const [path, field] of fieldsOf(schema)) {
        expect(field, path).toMatchObject({ title: expect.any(String), description: expect.any(String) });
      }
    });

    test('gives examples that it accepts', () => {
      const schema = z.toJSONSchema(definition.config, { io: 'input' });
      for (const [name, field] of Object.entries(schema.properties ?? {})) {
        for (const example of (field as { examples?: unknown[] }).examples ?? []) {
          const result = definition.config.safeParse({ ...definition.initialConfig, [name]: example });
          const complaints = (result.error?.issues ?? []).filter((issue) => issue.path[0] === name);
          // A cron pattern and a distance exclude each other, which is no fault of either example.
          expect(
            complaints.filter((issue) => !issue.message.includes('cannot stand beside')),
            `${name}: ${JSON.stringify(example)}`,
          ).toEqual([]);
        }
      }
    });

    test('sums up any config, however broken, in one line', () => {
      for (const config of [
        definition.initialConfig,
        {},
        Object.fromEntries(Object.keys(definition.initialConfig).map((name) => [name, null])),
      ]) {
        expect(definition.summarise(config)).toEqual(expect.any(String));
      }
    });
  },
);

test('the palette lists groups in their order', () => {
  const positions = definitions.map((definition) => PALETTE_GROUPS.indexOf(definition.group));
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
});

test('an unknown type is not found', () => {
  expect(nodeCatalogue.find('constructor')).toBeUndefined();
});

type Schema = z.core.JSONSchema.BaseSchema;

function fieldsOf(schema: Schema, prefix = ''): readonly (readonly [string, Schema])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    if (typeof field === 'boolean') return [];
    const path = `${prefix}${name}`;
    const isSecret = field.properties !== undefined && '$secret' in field.properties;
    return [[path, field] as const, ...(isSecret ? [] : fieldsOf(field, `${path}.`))];
  });
}
