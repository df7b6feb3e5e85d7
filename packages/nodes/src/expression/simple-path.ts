import type { Json } from '@sluice/engine';
import type { SyntaxNode } from './syntax-tree.ts';

/** Tells that the evaluator has to do it. */
export const NOT_SIMPLE = Symbol('not simple');

/**
 * The names of a plain path such as `order.customer.id`, or none for `$`; `undefined` for anything else. Keys and ids are
 * nearly always of this kind, and following them takes a hundredth of an evaluation.
 */
export function readSimplePath(root: unknown): readonly string[] | undefined {
  const node = root as SyntaxNode;
  if (isContext(node)) return [];
  if (node.type !== 'path' || !hasOnly(node, ['type', 'steps'])) return undefined;
  const steps = node['steps'] as readonly SyntaxNode[];
  const names = isContext(steps[0]) ? steps.slice(1) : steps;
  const isPlain = names.every((step) => step.type === 'name' && hasOnly(step, ['type', 'value', 'position']));
  return isPlain ? names.map((step) => String(step.value)) : undefined;
}

/** The value at the path; `NOT_SIMPLE` where a list stands on the way, because the language then looks into each member. */
export function followSimplePath(
  path: readonly string[],
  input: Json | undefined,
): Json | undefined | typeof NOT_SIMPLE {
  let value = input;
  if (Array.isArray(value)) return NOT_SIMPLE;
  for (const [index, name] of path.entries()) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, Json>>)[name];
    if (Array.isArray(value) && index < path.length - 1) return NOT_SIMPLE;
  }
  // A list of one, or of lists, is subject to rules of its own.
  return Array.isArray(value) ? NOT_SIMPLE : value;
}

function isContext(node: SyntaxNode | undefined): boolean {
  return node?.type === 'variable' && node.value === '' && hasOnly(node, ['type', 'value', 'position']);
}

function hasOnly(node: SyntaxNode, members: readonly string[]): boolean {
  return Object.keys(node).every((member) => members.includes(member));
}
