import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { PipelineDocument } from '../document.ts';
import type { NodeCatalogue, NodeDefinition } from '../node-definition.ts';
import { planRestart } from './plan-restart.ts';

const definition: NodeDefinition = {
  type: 'any',
  role: 'step',
  group: 'Steps',
  title: 'Any',
  summary: '',
  icon: 'box',
  outputs: [
    { name: 'out', summary: '' },
    { name: 'rest', summary: '' },
  ],
  callsOut: false,
  config: z.unknown(),
  initialConfig: {},
  guarantee: '',
  summarise: () => '',
};
const catalogue: NodeCatalogue = { find: () => definition, types: ['any'] };

/** `in -push-> price -pull-> ship -push-> tell`, and an event wire from price to audit. */
const orders: PipelineDocument = {
  format: 'sluice/v1',
  name: 'orders',
  nodes: ['in', 'price', 'ship', 'tell', 'audit'].map((id) => ({ id, type: 'any' })),
  wires: [
    { id: 'w1', from: 'in', to: 'price', delivery: 'push' },
    { id: 'w2', from: 'price', to: 'ship', delivery: 'pull' },
    { id: 'w3', from: 'ship', to: 'tell', delivery: 'push' },
    { id: 'w4', from: 'price.rest', to: 'audit', delivery: 'event' },
  ],
};

const withNode = (id: string, change: object): PipelineDocument => ({
  ...orders,
  nodes: orders.nodes.map((node) => (node.id === id ? { ...node, ...change } : node)),
});
const withWire = (id: string, change: object): PipelineDocument => ({
  ...orders,
  wires: orders.wires.map((wire) => (wire.id === id ? { ...wire, ...change } : wire)),
});
const restarted = (after: PipelineDocument): readonly string[] => planRestart(orders, after, catalogue).restarted;

describe('C12 nothing restarts', () => {
  test('for titles, notes, objectives, layout, limits and the order of elements', () => {
    const after: PipelineDocument = {
      ...orders,
      title: 'Orders',
      notes: 'n',
      objectives: { freshness: '5s' },
      limits: { bytes: 5 },
      trace: { sample: 1 },
      layout: { in: [1, 2] },
      nodes: orders.nodes.map((node) => ({ ...node, title: `T ${node.id}`, notes: 'n' })).toReversed(),
      wires: orders.wires.toReversed(),
    };
    expect(planRestart(orders, after, catalogue)).toEqual({
      restarted: [],
      reconfigured: new Set(),
      changed: new Set(),
      rewired: new Set(),
      touched: new Set(),
      readAlike: new Set(['w1', 'w2', 'w3', 'w4']),
    });
  });

  test('for a first port that is now written out, and for settings that are empty', () => {
    expect(restarted(withWire('w2', { from: 'price.out', queue: {} }))).toEqual([]);
    expect(restarted(withNode('ship', { config: {}, work: {} }))).toEqual([]);
  });

  test('for where a new group begins: the group is not new', () => {
    expect(restarted(withWire('w4', { log: { startFrom: 'latest' } }))).toEqual([]);
  });

  test('for a node that is added behind a durable wire of its own', () => {
    const after = {
      ...orders,
      nodes: [...orders.nodes, { id: 'more', type: 'any' }],
      wires: [...orders.wires, { id: 'w5', from: 'audit', to: 'more', delivery: 'pull' } as const],
    };
    expect(restarted(after)).toEqual(['audit']);
  });
});

describe('C12 what is touched restarts', () => {
  test('a node whose type, config or work differs, with those that push to it', () => {
    expect(restarted(withNode('price', { config: { expression: 'x' } }))).toEqual(['in', 'price']);
    expect(restarted(withNode('tell', { work: { workers: 2 } }))).toEqual(['ship', 'tell']);
    expect(restarted(withNode('audit', { type: 'other' }))).toEqual(['audit']);
  });

  test('a node that is to be renewed, as if it had changed', () => {
    const plan = planRestart(orders, orders, catalogue, ['price', 'gone']);
    expect(plan.restarted).toEqual(['in', 'price']);
    expect([...plan.reconfigured]).toEqual(['price']);
    expect([...planRestart(orders, withNode('tell', { work: { workers: 2 } }), catalogue).reconfigured]).toEqual([]);
  });

  test('whoever calls over a push wire with other settings', () => {
    const plan = planRestart(orders, withWire('w3', { call: { line: 5 } }), catalogue);
    expect(plan.restarted).toEqual(['ship']);
    expect([...plan.changed]).toEqual([]);
    expect([...plan.rewired]).toEqual(['ship']);
  });

  test('whoever puts messages on a wire whose bounds or order differ, and not its reader', () => {
    for (const change of [{ queue: { capacity: 5 } }, { queue: { orderBy: 'customer' } }]) {
      const plan = planRestart(orders, withWire('w2', change), catalogue);
      expect(plan.restarted).toEqual(['in', 'price']);
      expect(plan.readAlike.has('w2')).toBe(true);
    }
    expect(restarted(withWire('w4', { log: { retention: '1h' } }))).toEqual(['in', 'price']);
  });

  test('the reader alone where only reading differs', () => {
    const plan = planRestart(orders, withWire('w2', { queue: { expireAfter: '1h' } }), catalogue);
    expect(plan.restarted).toEqual(['ship']);
    expect([...plan.touched]).toEqual([]);
    expect([...plan.readAlike]).toEqual(['w1', 'w3', 'w4']);
    expect(restarted(withWire('w4', { log: { onPoison: 'block' } }))).toEqual(['audit']);
  });

  test('neither end of a pull wire that leads to another node now', () => {
    const plan = planRestart(orders, withWire('w2', { to: 'audit' }), catalogue);
    expect(plan.restarted).toEqual([]);
    expect([...plan.readAlike]).toEqual(['w1', 'w3', 'w4']);
  });

  test('its producer where a wire is removed, added or carries in another way', () => {
    const without = { ...orders, wires: orders.wires.filter(({ id }) => id !== 'w2') };
    expect(restarted(without)).toEqual(['in', 'price']);
    expect(restarted(withWire('w2', { delivery: 'event' }))).toEqual(['in', 'price', 'ship']);
    expect(restarted(withWire('w4', { from: 'price' }))).toEqual(['in', 'price', 'audit']);
  });

  test('nobody where the node at the other end of a loop of pushes is gone', () => {
    const after = { ...orders, nodes: orders.nodes.filter(({ id }) => id !== 'in'), wires: orders.wires.slice(1) };
    expect(restarted(after)).toEqual([]);
  });
});
