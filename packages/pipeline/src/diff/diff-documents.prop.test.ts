import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentArbitrary } from '../arbitraries/document-arbitrary.ts';
import { diffDocuments, sameBehaviour } from './diff-documents.ts';

const pairs = fc.tuple(documentArbitrary(), documentArbitrary());

test('a document differs from itself in nothing', () => {
  fc.assert(
    fc.property(documentArbitrary(), (document) => {
      expect(diffDocuments(document, document)).toEqual([]);
      expect(sameBehaviour(document, document)).toBe(true);
    }),
  );
});

test('what is added one way round is removed the other way round', () => {
  fc.assert(
    fc.property(pairs, ([left, right]) => {
      const ids = (kind: string, changes: ReturnType<typeof diffDocuments>): readonly string[] =>
        changes.flatMap((change) => (change.kind === kind && 'id' in change ? [change.id] : [])).sort();
      const there = diffDocuments(left, right);
      const back = diffDocuments(right, left);
      for (const [kind, opposite] of [
        ['node-added', 'node-removed'],
        ['wire-removed', 'wire-added'],
        ['node-changed', 'node-changed'],
        ['node-moved', 'node-moved'],
      ] as const) {
        expect(ids(kind, there)).toEqual(ids(opposite, back));
      }
    }),
  );
});

test('the changes of the nodes lead from the one document to the other', () => {
  fc.assert(
    fc.property(pairs, ([left, right]) => {
      const nodes = new Map<string, unknown>(left.nodes.map((node) => [node.id, node]));
      for (const change of diffDocuments(left, right)) {
        if (change.kind === 'node-removed') nodes.delete(change.id);
        if (change.kind === 'node-added') nodes.set(change.id, change.after);
        if (change.kind === 'node-changed') {
          nodes.set(
            change.id,
            change.fields.reduce(
              (node, field) => withField(node, toPath(field.path), field.after),
              nodes.get(change.id),
            ),
          );
        }
      }
      expect(nodes).toEqual(new Map(right.nodes.map((node) => [node.id, node])));
    }),
  );
});

function toPath(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function withField(owner: unknown, [field, ...below]: readonly string[], value: unknown): unknown {
  if (field === undefined) return value;
  const { [field]: old, ...rest } = owner as Record<string, unknown>;
  const next = withField(old, below, value);
  return next === undefined ? rest : { ...rest, [field]: next };
}
