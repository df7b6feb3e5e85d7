import { MantineProvider } from '@mantine/core';
import { nodeCatalogue } from '@sluice/nodes/definitions';
import { queueSchema, workSchema } from '@sluice/pipeline';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { describe, expect, test } from 'vitest';
import type { Value } from './field-model.ts';
import { fieldSchemaOf, type FieldSchema } from './json-schema.ts';
import { SchemaForm } from './schema-form.tsx';

function openForm(schema: FieldSchema, start: Value, { strict = false, errors = new Map<string, string>() } = {}) {
  const seen: { value: Value } = { value: start };
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  client.setQueryData(['secrets'], [{ name: 'orders', updatedAt: '2026-01-01T00:00:00Z' }]);
  function Held() {
    const [value, setValue] = useState(start);
    seen.value = value;
    return (
      <SchemaForm
        schema={schema}
        value={value}
        context={{ texts: {}, errors, strict }}
        onChange={(next) => setValue(next)}
      />
    );
  }
  render(
    <MantineProvider>
      <QueryClientProvider client={client}>
        <Held />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const type = (label: string | RegExp, text: string) =>
    fireEvent.change(screen.getByLabelText(label), { target: { value: text } });
  return { seen, type };
}

function schemaOf(type: string): FieldSchema {
  const definition = nodeCatalogue.find(type);
  if (definition === undefined) throw new Error(`no node type ${type}`);
  return fieldSchemaOf(definition.config);
}

describe('a form made from a schema', () => {
  test.each(nodeCatalogue.types)('has a labelled control for every shown setting of %s', (type) => {
    const schema = schemaOf(type);
    openForm(schema, nodeCatalogue.find(type)?.initialConfig ?? {});
    const shown = Object.values(schema.properties ?? {}).filter(
      (field) => field.advanced !== true && field.showWhen === undefined,
    );
    for (const field of shown) expect(screen.getAllByText(field.title ?? '').length).toBeGreaterThan(0);
    expect(screen.queryByText(/is not JSON yet/)).toBeNull();
  });

  test('an emptied setting is gone, so that its default counts', () => {
    const { seen, type } = openForm(schemaOf('webhook'), { path: 'placed', key: 'customer' });
    type(/^Message key/, '');
    expect(seen.value).toEqual({ path: 'placed' });
  });

  test('a setting shows only beside the choice it belongs to', () => {
    const { type } = openForm(schemaOf('generator'), { pattern: 'constant', rate: '10/s' });
    expect(screen.queryByLabelText(/^Peak rate/)).toBeNull();
    type(/^Pattern/, 'spike');
    expect(screen.getByLabelText(/^Peak rate/)).toBeTruthy();
  });

  test('an optional group is set and removed', () => {
    const { seen } = openForm(schemaOf('webhook'), { path: 'placed' });
    fireEvent.click(screen.getByRole('button', { name: 'Set Signature' }));
    expect(seen.value).toEqual({ path: 'placed', verify: {} });
    fireEvent.click(screen.getByRole('button', { name: 'Remove Signature' }));
    expect(seen.value).toEqual({ path: 'placed' });
  });

  test('a secret is picked by name', () => {
    const { seen } = openForm(schemaOf('webhook'), { path: 'placed', verify: { scheme: 'github' } });
    fireEvent.change(screen.getByLabelText(/^Secret/), { target: { value: 'orders' } });
    expect(seen.value['verify']).toEqual({ scheme: 'github', secret: { $secret: 'orders' } });
  });

  test('what is wrong stands at its field', () => {
    openForm(schemaOf('webhook'), { path: 'a b' }, { errors: new Map([['/path', 'This must be segments.']]) });
    expect(screen.getByText('This must be segments.')).toBeTruthy();
  });
});

describe('a strict form', () => {
  test('keeps what its schema refuses in the field and passes on the rest', () => {
    const { seen, type } = openForm(fieldSchemaOf(workSchema), { timeout: '5s' }, { strict: true });
    type(/^Timeout/, '5 parsecs');
    expect(seen.value).toEqual({ timeout: '5s' });
    expect(screen.getByText(/is not a duration/)).toBeTruthy();
    type(/^Timeout/, '7s');
    expect(seen.value).toEqual({ timeout: '7s' });
    expect(screen.queryByText(/is not a duration/)).toBeNull();
  });

  test('refuses numbers out of range', () => {
    const { seen, type } = openForm(fieldSchemaOf(queueSchema), { capacity: 10 }, { strict: true });
    type(/^Capacity$/, '0');
    expect(seen.value).toEqual({ capacity: 10 });
    expect(screen.getByText(/must be at least 1/)).toBeTruthy();
  });
});
