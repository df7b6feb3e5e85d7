import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documentJsonSchema } from './document-json-schema.ts';

test('the published JSON Schema is the one that documents are parsed by (else run `pnpm --filter @sluice/pipeline schema`)', () => {
  const published: unknown = JSON.parse(
    readFileSync(new URL('../../../../docs/sluice-v1.schema.json', import.meta.url), 'utf8'),
  );
  expect(published).toEqual(documentJsonSchema());
});
