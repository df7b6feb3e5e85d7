import { describe, expect, test } from 'vitest';
import type { PipelineDocument } from '../document.ts';
import { diffDocuments, sameBehaviour } from './diff-documents.ts';

const orders: PipelineDocument = {
  format: 'sluice/v1',
  name: 'orders',
  title: 'Order intake',
  nodes: [
    { id: 'in', type: 'webhook', config: { path: 'placed', verify: { scheme: 'none' }, tags: ['a', 'b'] } },
    { id: 'ship', type: 'http-request', config: { url: 'http://old' }, work: { workers: 8 } },
  ],
  wires: [{ id: 'w1', from: 'in', to: 'ship', delivery: 'pull', queue: { capacity: 10 } }],
  layout: { in: [0, 0], ship: [280, 0] },
};
const [inNode, ship] = orders.nodes as [PipelineDocument['nodes'][0], PipelineDocument['nodes'][0]];
const [w1] = orders.wires as [PipelineDocument['wires'][0]];

describe('a difference is told', () => {
  test('as nothing between a document and its copy', () => {
    expect(diffDocuments(orders, structuredCopy(orders))).toEqual([]);
  });

  test('field by field for a node', () => {
    const after = {
      ...orders,
      nodes: [inNode, { ...ship, config: { url: 'http://new' }, work: { workers: 2, timeout: '5s' } }],
    };
    expect(diffDocuments(orders, after)).toEqual([
      {
        kind: 'node-changed',
        id: 'ship',
        fields: [
          { path: '/config/url', before: 'http://old', after: 'http://new' },
          { path: '/work/workers', before: 8, after: 2 },
          { path: '/work/timeout', after: '5s' },
        ],
      },
    ]);
  });

  test('deep inside config, and of a list as a whole', () => {
    const after = { ...orders, nodes: [{ ...inNode, config: { verify: { scheme: 'hmac' }, tags: ['a', 'c'] } }, ship] };
    expect(diffDocuments(orders, after)).toEqual([
      {
        kind: 'node-changed',
        id: 'in',
        fields: [
          { path: '/config/path', before: 'placed' },
          { path: '/config/verify/scheme', before: 'none', after: 'hmac' },
          { path: '/config/tags', before: ['a', 'b'], after: ['a', 'c'] },
        ],
      },
    ]);
  });

  test('when a wire changes its delivery, and with it its settings', () => {
    const after: PipelineDocument = {
      ...orders,
      wires: [{ id: 'w1', from: 'in', to: 'ship', delivery: 'push', call: { line: 5 } }],
    };
    expect(diffDocuments(orders, after)).toEqual([
      {
        kind: 'wire-changed',
        id: 'w1',
        fields: [
          { path: '/delivery', before: 'pull', after: 'push' },
          { path: '/queue', before: { capacity: 10 } },
          { path: '/call', after: { line: 5 } },
        ],
      },
    ]);
  });

  test('as removed and added when the id differs', () => {
    const after: PipelineDocument = {
      ...orders,
      nodes: [inNode, { ...ship, id: 'send' }],
      wires: [{ ...w1, id: 'w2', to: 'send' }],
    };
    expect(diffDocuments(orders, after)).toEqual([
      { kind: 'node-removed', id: 'ship', before: ship },
      { kind: 'node-added', id: 'send', after: { ...ship, id: 'send' } },
      { kind: 'wire-removed', id: 'w1', before: w1 },
      { kind: 'wire-added', id: 'w2', after: { ...w1, id: 'w2', to: 'send' } },
    ]);
  });

  test('for the document itself', () => {
    const { title, ...untitled } = orders;
    expect(diffDocuments(orders, { ...untitled, name: 'sales', objectives: { freshness: '5s' } })).toEqual([
      {
        kind: 'document-changed',
        fields: [
          { path: '/name', before: 'orders', after: 'sales' },
          { path: '/title', before: title },
          { path: '/objectives', after: { freshness: '5s' } },
        ],
      },
    ]);
  });

  test('for its limits and its trace', () => {
    const after: PipelineDocument = { ...orders, limits: { bytes: 5 }, trace: { sample: 1 } };
    expect(diffDocuments(orders, after)).toEqual([
      {
        kind: 'document-changed',
        fields: [
          { path: '/limits', after: { bytes: 5 } },
          { path: '/trace', after: { sample: 1 } },
        ],
      },
    ]);
    expect(sameBehaviour(orders, after)).toBe(false);
  });

  test('as moved when only the place differs', () => {
    expect(diffDocuments(orders, { ...orders, layout: { in: [0, 10] } })).toEqual([
      { kind: 'node-moved', id: 'in', before: [0, 0], after: [0, 10] },
      { kind: 'node-moved', id: 'ship', before: [280, 0] },
    ]);
  });

  test('not for the order of fields, nodes or wires', () => {
    expect(
      diffDocuments(orders, {
        ...orders,
        nodes: [{ work: { workers: 8 }, config: { url: 'http://old' }, type: 'http-request', id: 'ship' }, inNode],
      }),
    ).toEqual([]);
  });
});

describe('two documents behave alike', () => {
  test('when only places on the canvas differ', () => {
    const { layout, ...unplaced } = orders;
    expect(layout).toBeDefined();
    expect(sameBehaviour(orders, unplaced)).toBe(true);
  });

  test('but not when a title or a setting differs', () => {
    expect(sameBehaviour(orders, { ...orders, title: 'Orders' })).toBe(false);
    expect(sameBehaviour(orders, { ...orders, nodes: [{ ...inNode, notes: 'x' }, ship] })).toBe(false);
    expect(sameBehaviour(orders, { ...orders, wires: [] })).toBe(false);
  });
});

function structuredCopy(document: PipelineDocument): PipelineDocument {
  return JSON.parse(JSON.stringify(document)) as PipelineDocument;
}
