import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { PipelineDocument } from '@sluice/pipeline';
import { describe, expect, test } from 'vitest';
import { createCanvasStore } from './canvas-store.ts';

const ORDERS: PipelineDocument = {
  format: 'sluice/v1',
  name: 'orders',
  nodes: [
    { id: 'in', type: 'webhook', config: { path: 'placed' } },
    { id: 'price', type: 'transform', config: { expression: '$' } },
    { id: 'ship', type: 'http-request', title: 'Ship', config: { url: 'http://127.0.0.1:9/ship' } },
  ],
  wires: [
    { id: 'w1', from: 'in', to: 'price', delivery: 'push' },
    { id: 'w2', from: 'price', to: 'ship', delivery: 'pull', queue: { capacity: 500 } },
  ],
  layout: { in: [0, 0], price: [340, 0], ship: [680, 0] },
};

function openStore(document: PipelineDocument = ORDERS) {
  let now = 0;
  let id = 0;
  const store = createCanvasStore({
    catalogue: nodeCatalogue,
    document,
    now: () => now,
    newSuffix: () => String((id += 1)),
  });
  return { store, pass: (ms: number) => (now += ms) };
}

describe('wiring', () => {
  test('a wire goes from a port to a step or sink and is chosen afterwards', () => {
    const { store } = openStore();
    expect(store.getState().connectPorts({ fromNode: 'in', port: null, to: 'ship', delivery: 'event' })).toEqual({
      ok: true,
    });
    expect(store.getState().document.wires.at(-1)).toEqual({ id: 'w-1', from: 'in', to: 'ship', delivery: 'event' });
    expect(store.getState().selection.wireIds).toEqual(['w-1']);
  });

  test.each([
    [{ fromNode: 'price', port: null, to: 'in', delivery: 'pull' }, 'target-is-source'],
    [{ fromNode: 'price', port: null, to: 'price', delivery: 'pull' }, 'same-node'],
    [{ fromNode: 'in', port: null, to: 'price', delivery: 'pull' }, 'already-wired'],
  ] as const)('%o is refused: %s', (connection, reason) => {
    const { store } = openStore();
    expect(store.getState().connectPorts(connection)).toMatchObject({ ok: false, reason });
    expect(store.getState().document).toEqual(ORDERS);
  });

  test('nothing leaves a node that ends the pipeline', () => {
    const { store } = openStore();
    const log = store.getState().addNode('log', [0, 0]);
    expect(store.getState().connectPorts({ fromNode: log, port: null, to: 'price', delivery: 'pull' })).toMatchObject({
      reason: 'no-outputs',
    });
  });

  test('what a node gives up can be wired on, also from one that ends the pipeline', () => {
    const { store } = openStore();
    const log = store.getState().addNode('log', [0, 0]);
    expect(store.getState().connectPorts({ fromNode: log, port: 'failed', to: 'price', delivery: 'pull' })).toEqual({
      ok: true,
    });
    expect(store.getState().document.wires.at(-1)).toMatchObject({ from: `${log}.failed`, to: 'price' });
  });

  test('a ring of push calls is refused, drawn or switched', () => {
    const { store } = openStore();
    store.getState().setDelivery('w2', 'push');
    expect(
      store.getState().connectPorts({ fromNode: 'ship', port: null, to: 'price', delivery: 'push' }),
    ).toMatchObject({ reason: 'push-cycle' });
    expect(store.getState().connectPorts({ fromNode: 'ship', port: null, to: 'price', delivery: 'pull' })).toEqual({
      ok: true,
    });
    expect(store.getState().setDelivery('w-1', 'push')).toMatchObject({ reason: 'push-cycle' });
  });

  test('switching a delivery back brings its settings back', () => {
    const { store } = openStore();
    store.getState().setDelivery('w2', 'event');
    expect(store.getState().document.wires[1]).toEqual({ id: 'w2', from: 'price', to: 'ship', delivery: 'event' });
    store.getState().setDelivery('w2', 'pull');
    expect(store.getState().document.wires[1]).toEqual(ORDERS.wires[1]);
  });
});

describe('adding and removing', () => {
  test('a spliced node takes the producer’s wire and sends on by the same delivery', () => {
    const { store } = openStore();
    const id = store.getState().spliceNode('filter', [500, 0], 'w2');
    expect(store.getState().document.wires).toEqual([
      ORDERS.wires[0],
      { id: 'w2', from: 'price', to: id, delivery: 'pull', queue: { capacity: 500 } },
      { id: 'w-2', from: id, to: 'ship', delivery: 'pull' },
    ]);
    store.getState().undo();
    expect(store.getState().document).toEqual(ORDERS);
  });

  test('a second node of a type is told apart by its title', () => {
    const { store } = openStore();
    store.getState().addNode('transform', [0, 200]);
    expect(store.getState().document.nodes.at(-1)?.title).toBe('Transform 2');
  });

  test('a removed node takes its wires along, and undo puts all back where it was', () => {
    const { store } = openStore();
    store.getState().removeElements({ nodeIds: ['price'], wireIds: [] });
    expect(store.getState().document.wires).toEqual([]);
    expect(store.getState().document.layout).toEqual({ in: [0, 0], ship: [680, 0] });
    store.getState().undo();
    expect(store.getState().document).toEqual(ORDERS);
  });

  test('what is gone is no longer chosen', () => {
    const { store } = openStore();
    store.getState().select({ nodeIds: ['price'] });
    store.getState().removeElements({ nodeIds: ['price'], wireIds: [] });
    expect(store.getState().selection.nodeIds).toEqual([]);
    expect(store.getState().focused).toBeNull();
  });
});

describe('undo', () => {
  test('typing a title is one step, a pause begins another', () => {
    const { store, pass } = openStore();
    const type = (title: string) =>
      store.getState().editNode('ship', (node) => ({ ...node, title }), { label: 'Change title', group: 'title ship' });
    type('D');
    pass(100);
    type('De');
    pass(100);
    type('Deliver');
    pass(5_000);
    type('Deliver orders');
    store.getState().undo();
    expect(store.getState().document.nodes[2]?.title).toBe('Deliver');
    store.getState().undo();
    expect(store.getState().document).toEqual(ORDERS);
    store.getState().redo();
    expect(store.getState().document.nodes[2]?.title).toBe('Deliver');
  });

  test('what the server changed is not undone', () => {
    const { store } = openStore();
    const before = ORDERS.nodes[2];
    if (before === undefined) throw new Error('the example has three nodes');
    store.getState().apply([{ kind: 'set-node', before, after: { ...before, title: 'Theirs' } }], {
      label: 'Theirs',
      source: 'server',
    });
    store.getState().undo();
    expect(store.getState().document.nodes[2]?.title).toBe('Theirs');
  });

  test('an edit after undo forgets what could be redone', () => {
    const { store } = openStore();
    store.getState().moveNodes({ in: [10, 10] });
    store.getState().undo();
    store.getState().moveNodes({ in: [20, 20] });
    expect(store.getState().history.redo).toEqual([]);
  });

  test('an earlier version comes back as one step', () => {
    const { store } = openStore();
    const version: PipelineDocument = {
      ...ORDERS,
      name: 'orders-old',
      title: 'Old',
      nodes: ORDERS.nodes.slice(0, 2),
      wires: ORDERS.wires.slice(0, 1),
    };
    store.getState().restoreDocument(version, 'Take version 1 into the draft');
    expect(store.getState().document).toEqual({ ...version, name: 'orders', layout: { in: [0, 0], price: [340, 0] } });
    store.getState().undo();
    expect(store.getState().document).toEqual(ORDERS);
  });
});

test('nodes without a place are laid out by distance from the sources', () => {
  const { layout: _layout, ...unplaced } = ORDERS;
  const { store } = openStore(unplaced);
  const { layout } = store.getState().document;
  expect(layout?.['in']?.[0]).toBeLessThan(layout?.['price']?.[0] ?? 0);
  expect(layout?.['price']?.[0]).toBeLessThan(layout?.['ship']?.[0] ?? 0);
});
