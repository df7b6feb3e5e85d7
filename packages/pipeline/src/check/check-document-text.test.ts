import { expect, test } from 'vitest';
import type { NodeCatalogue } from '../node-definition.ts';
import { checkDocumentText } from './check-document-text.ts';

const empty: NodeCatalogue = { find: () => undefined, types: ['webhook'] };
const head = 'format: sluice/v1\nname: orders\n';

test('what is checked is placed in the text', () => {
  const { document, findings } = checkDocumentText(`${head}nodes:\n  - id: in\n    type: webhok\nwires: []\n`, empty);
  expect(document?.name).toBe('orders');
  expect(findings.map(({ code, at }) => ({ code, at }))).toEqual([
    { code: 'unknown-node-type', at: { line: 5, column: 5 } },
  ]);
});

test('what cannot be parsed is not checked', () => {
  const { document, findings } = checkDocumentText(`${head}nodes: 1\nwires: []\n`, empty);
  expect(document).toBeUndefined();
  expect(findings.map(({ code, at }) => ({ code, at }))).toEqual([{ code: 'wrong-type', at: { line: 3, column: 1 } }]);
});
