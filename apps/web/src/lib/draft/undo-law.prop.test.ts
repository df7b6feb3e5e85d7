import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { Delivery, PipelineDocument } from '@sluice/pipeline';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCanvasStore, type CanvasStore } from './canvas-store.ts';

const START: PipelineDocument = {
  format: 'sluice/v1',
  name: 'start',
  nodes: [
    { id: 'a', type: 'webhook', config: { path: 'a' } },
    { id: 'b', type: 'filter', config: { expression: 'true' } },
    { id: 'c', type: 'log', config: {} },
  ],
  wires: [
    { id: 'w1', from: 'a', to: 'b', delivery: 'push' },
    { id: 'w2', from: 'b.rest', to: 'c', delivery: 'event', log: { partitions: 2 } },
  ],
  layout: { a: [0, 0], b: [300, 0], c: [600, 0] },
};

/** An edit by position, so that any sequence of them makes sense on any document. */
type Edit = (store: CanvasStore) => void;

const nth = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];
const index = fc.nat(20);
const place = fc.tuple(fc.integer({ min: -500, max: 500 }), fc.integer({ min: -500, max: 500 }));
const delivery = fc.constantFrom<Delivery>('push', 'pull', 'event');

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(fc.constantFrom(...nodeCatalogue.types), place).map(
    ([type, at]): Edit =>
      (store) =>
        void store.getState().addNode(type, at),
  ),
  fc.tuple(index, index, delivery).map(([from, to, by]): Edit => (store) => {
    const { nodes } = store.getState().document;
    store
      .getState()
      .connectPorts({ fromNode: nth(nodes, from)?.id ?? '', port: null, to: nth(nodes, to)?.id ?? '', delivery: by });
  }),
  fc.tuple(index, delivery).map(
    ([at, by]): Edit =>
      (store) =>
        void store.getState().setDelivery(nth(store.getState().document.wires, at)?.id ?? '', by),
  ),
  fc.tuple(index, place).map(([at, to]): Edit => (store) => {
    const node = nth(store.getState().document.nodes, at);
    if (node !== undefined) store.getState().moveNodes({ [node.id]: to });
  }),
  fc.tuple(index, index).map(([node, wire]): Edit => (store) => {
    const { document, removeElements } = store.getState();
    removeElements({ nodeIds: [nth(document.nodes, node)?.id ?? ''], wireIds: [nth(document.wires, wire)?.id ?? ''] });
  }),
  fc.tuple(fc.constantFrom('filter', 'transform', 'log'), place, index).map(
    ([type, at, wire]): Edit =>
      (store) =>
        void store.getState().spliceNode(type, at, nth(store.getState().document.wires, wire)?.id ?? ''),
  ),
  fc.tuple(index, fc.string()).map(([at, title]): Edit => (store) => {
    const node = nth(store.getState().document.nodes, at);
    store.getState().editNode(node?.id ?? '', (current) => ({ ...current, title }), {
      label: 'Change title',
      group: `title ${node?.id}`,
    });
  }),
  fc.string().map(
    (notes): Edit =>
      (store) =>
        store.getState().editHeader((header) => ({ ...header, notes }), { label: 'Change notes', group: 'notes' }),
  ),
  fc.constant<Edit>((store) => store.getState().restoreDocument(START, 'Restore')),
);

test('undoing everything gives the first document, redoing everything the last', () => {
  fc.assert(
    fc.property(
      fc.array(edit, { maxLength: 40 }),
      fc.array(fc.nat(3_000), { minLength: 40, maxLength: 40 }),
      (edits, pauses) => {
        let now = 0;
        let ids = 0;
        const store = createCanvasStore({
          catalogue: nodeCatalogue,
          document: START,
          now: () => now,
          newSuffix: () => String((ids += 1)),
        });
        for (const [step, apply] of edits.entries()) {
          now += pauses[step] ?? 0;
          apply(store);
        }
        const last = store.getState().document;
        while (store.getState().history.undo.length > 0) store.getState().undo();
        expect(store.getState().document).toEqual(START);
        while (store.getState().history.redo.length > 0) store.getState().redo();
        expect(store.getState().document).toEqual(last);
      },
    ),
    { numRuns: 150 },
  );
});

test('every step can be undone on its own', () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 20 }), edit, (edits, next) => {
      let ids = 0;
      let now = 0;
      const store = createCanvasStore({
        catalogue: nodeCatalogue,
        document: START,
        now: () => now,
        newSuffix: () => String((ids += 1)),
      });
      for (const apply of edits) apply(store);
      now += 60_000;
      const before = store.getState();
      next(store);
      if (store.getState().history.undo.length > before.history.undo.length) store.getState().undo();
      expect(store.getState().document).toEqual(before.document);
    }),
    { numRuns: 150 },
  );
});
