import { expect, test } from 'vitest';
import { ENDPOINTS } from './endpoints.ts';
import { openApiDocument } from './openapi.ts';

interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly operationId: string;
            readonly parameters: readonly { readonly name: string; readonly in: string }[];
          }
        >
      >
    >
  >;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly type?: string; readonly anyOf?: unknown }>>;
  };
}

const description = openApiDocument({ version: '1.2.3' }) as unknown as Description; // read back as the reader sees it

test('each endpoint is described under its path and method', () => {
  for (const [id, endpoint] of Object.entries(ENDPOINTS)) {
    expect(description.paths[endpoint.path]?.[endpoint.method]?.operationId).toBe(id);
  }
});

test('each reference leads to a component', () => {
  const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    (match) => match[1] ?? '',
  );
  expect(references.length).toBeGreaterThan(100);
  expect([...new Set(references)].filter((id) => description.components.schemas[id] === undefined)).toEqual([]);
  expect(JSON.stringify(description)).not.toContain('$defs');
});

test('each part of a path in braces is a parameter', () => {
  for (const [path, operations] of Object.entries(description.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    for (const operation of Object.values(operations)) {
      expect(
        operation.parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name),
      ).toEqual(named);
    }
  }
});

test('any JSON value has a component of its own', () => {
  expect(description.components.schemas['JsonValue']?.anyOf).toBeDefined();
});
