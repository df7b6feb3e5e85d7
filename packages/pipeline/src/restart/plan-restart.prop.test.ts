import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentArbitrary } from '../arbitraries/document-arbitrary.ts';
import type { PipelineDocument } from '../document.ts';
import type { NodeCatalogue } from '../node-definition.ts';
import { planRestart } from './plan-restart.ts';

const catalogue: NodeCatalogue = { find: () => undefined, types: [] };

/** Two documents that have much in common: the second takes some elements from a third. */
const pairs = fc
  .tuple(documentArbitrary(), documentArbitrary(), fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }))
  .map(([before, other, picks]): readonly [PipelineDocument, PipelineDocument] => [
    before,
    {
      ...before,
      nodes: before.nodes.map((node, index) => {
        const donor = other.nodes[index];
        return picks[index] === true && donor !== undefined ? { ...donor, id: node.id } : node;
      }),
      wires: before.wires.filter((_, index) => picks[7 - index] !== true),
    },
  ]);

test('C12 a document restarts nothing when it is deployed again', () => {
  fc.assert(
    fc.property(documentArbitrary(), (document) => {
      expect(
        planRestart(document, JSON.parse(JSON.stringify(document)) as PipelineDocument, catalogue).restarted,
      ).toEqual([]);
    }),
  );
});

test('C12 what does not restart reaches the same things in both versions', () => {
  fc.assert(
    fc.property(pairs, ([before, after]) => {
      const { touched } = planRestart(before, after, catalogue);
      for (const { id } of after.nodes) {
        if (touched.has(id)) continue;
        expect(reached(after, id)).toEqual(reached(before, id));
      }
    }),
  );
});

test('C12 going back restarts the same nodes', () => {
  fc.assert(
    fc.property(pairs, ([before, after]) => {
      const there = planRestart(before, after, catalogue);
      const back = planRestart(after, before, catalogue);
      expect(new Set(back.restarted)).toEqual(new Set(there.restarted));
      expect(back.touched).toEqual(there.touched);
    }),
  );
});

/** All that a unit of work from a node on can reach, in words. */
function reached(document: PipelineDocument, start: string): readonly string[] {
  const seen = new Set<string>();
  const words: string[] = [];
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const node = document.nodes.find((candidate) => candidate.id === id);
    words.push(`${id} ${sorted(node?.type)} ${sorted(node?.config ?? {})} ${sorted(node?.work ?? {})}`);
    for (const wire of document.wires) {
      if (wire.from.split('.')[0] !== id) continue;
      words.push(wire.delivery === 'push' ? sorted({ call: {}, ...wire }) : `${wire.id} ${wire.from}`);
      if (wire.delivery === 'push') visit(wire.to);
    }
  };
  visit(start);
  return words.toSorted();
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
}
