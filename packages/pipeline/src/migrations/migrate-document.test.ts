import { expect, test } from 'vitest';
import { migrateDocument, MIGRATIONS, type Migration } from './migrate-document.ts';

const renamePort: Migration = {
  from: 'sluice/v0',
  to: 'sluice/v0.5',
  migrate: ({ steps, ...rest }) => ({ ...rest, nodes: steps }),
};
const addWires: Migration = {
  from: 'sluice/v0.5',
  to: 'sluice/v1',
  migrate: (document) => ({ wires: [], ...document }),
};

test('the newest format passes as it is', () => {
  const document = { format: 'sluice/v1', name: 'orders', anything: [1] };
  expect(migrateDocument(document)).toEqual({ ok: true, document });
});

test('an older format goes through every step up to the newest', () => {
  const document = { format: 'sluice/v0', name: 'orders', steps: [] };
  expect(migrateDocument(document, [renamePort, addWires])).toEqual({
    ok: true,
    migratedFrom: 'sluice/v0',
    document: { format: 'sluice/v1', name: 'orders', nodes: [], wires: [] },
  });
  expect(document).toEqual({ format: 'sluice/v0', name: 'orders', steps: [] });
});

test('an unknown format is refused by naming the known ones', () => {
  const refused = migrateDocument({ format: 'nifi/v3' }, [renamePort, addWires]);
  expect(refused.ok ? undefined : refused.finding).toEqual({
    severity: 'error',
    code: 'unknown-format',
    message: '`format` is "nifi/v3", which is not a known format. Known: `sluice/v0`, `sluice/v0.5`, `sluice/v1`.',
    path: '/format',
    suggestion: 'sluice/v1',
  });
});

test('the registered migrations form one chain that ends at the newest format', () => {
  const formats = [...MIGRATIONS.map(({ from }) => from), 'sluice/v1'];
  expect(MIGRATIONS.map(({ to }) => to)).toEqual(formats.slice(1));
});
