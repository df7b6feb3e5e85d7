import type { PipelineDocument } from '../document.ts';

/** Plain data of a document, fields in the order in which they are printed. */
export type Ordered = null | boolean | number | string | readonly Ordered[] | { readonly [field: string]: Ordered };

const DOCUMENT_ORDER = [
  'format',
  'name',
  'title',
  'notes',
  'nodes',
  'wires',
  'objectives',
  'limits',
  'trace',
  'layout',
];
const NODE_ORDER = ['id', 'type', 'title', 'config', 'work', 'notes'];
const WIRE_ORDER = ['id', 'from', 'to', 'delivery', 'call', 'queue', 'log'];
const WORK_ORDER = [
  'workers',
  'timeout',
  'retry',
  'breaker',
  'rateLimit',
  'concurrency',
  'throttle',
  'debounce',
  'batch',
  'singleton',
  'quarantineAfter',
];

/**
 * A document with its fields in one fixed order, whoever wrote it and wherever it was stored in between: known fields
 * as people read them, all others (config above all) by alphabet, layout in the order of the nodes.
 */
export function orderFields(document: PipelineDocument): Ordered {
  const placed = [...document.nodes.map((node) => node.id), ...Object.keys(document.layout ?? {}).sort()];
  return inOrder(document, DOCUMENT_ORDER, (field, value) => {
    if (field === 'nodes') return document.nodes.map((node) => inOrder(node, NODE_ORDER, orderNodeField));
    if (field === 'wires') return document.wires.map((wire) => inOrder(wire, WIRE_ORDER));
    if (field === 'layout') return inOrder(value, placed);
    return alphabetical(value);
  });
}

function orderNodeField(field: string, value: unknown): Ordered {
  return field === 'work' ? inOrder(value, WORK_ORDER) : alphabetical(value);
}

function inOrder(
  owner: unknown,
  order: readonly string[],
  below: (field: string, value: unknown) => Ordered = (_field, value) => alphabetical(value),
): Ordered {
  const fields = new Map(
    Object.entries(owner as Readonly<Record<string, unknown>>).filter(([, value]) => value !== undefined),
  );
  const rest = [...fields.keys()].filter((field) => !order.includes(field)).sort();
  const ordered = [...new Set(order), ...rest].filter((field) => fields.has(field));
  return Object.fromEntries(ordered.map((field) => [field, below(field, fields.get(field))]));
}

function alphabetical(value: unknown): Ordered {
  if (Array.isArray(value)) return value.map(alphabetical);
  if (typeof value === 'object' && value !== null) return inOrder(value, []);
  // A parsed document holds nothing but JSON.
  return value as Ordered;
}
