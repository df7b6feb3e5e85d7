import { contextOf, type Environment } from './builtins.ts';
import { isFunction } from './is-function.ts';
import { EXPRESSION_LIMITS, ExpressionLimitError } from './limits.ts';
import type { SyntaxNode } from './syntax-tree.ts';

/** Functions whose result is never larger than what they were given. */
const HARMLESS_FUNCTIONS = new Set(
  `abs average boolean ceil contains count exists floor fromMillis keys length lookup lowercase max millis min not now
  number power random round sqrt substring substringAfter substringBefore sum toMillis trim type uppercase uuid`.split(
    /\s+/,
  ),
);

/**
 * False for expressions that can only pick, compute and rearrange: nothing in them is used twice or grows on the way, so
 * the bounds of sequences, time and result are enough. They are the most frequent ones, and guarding costs a third.
 */
export function needsGuard(nodes: readonly SyntaxNode[]): boolean {
  return nodes.some((node) => {
    switch (node.type) {
      case 'lambda':
      case 'bind':
      case 'transform':
      case 'apply':
      case 'partial':
        return true;
      case 'binary':
        return node.value === '&' || node.value === '..';
      case 'function': {
        const name = (node['procedure'] as SyntaxNode | undefined)?.value;
        return typeof name !== 'string' || !HARMLESS_FUNCTIONS.has(name);
      }
      case undefined:
      default:
        return false;
    }
  });
}

type Guard = (node: SyntaxNode, input: unknown, environment: Environment, value: unknown) => void;

/** Bounds the values on the way, not only the result: a text can double at every step. */
export function createGuard(nodes: readonly SyntaxNode[]): Guard {
  const patterns = new Set(nodes.filter((node) => node.type === 'transform').map((node) => node['pattern']));
  // Without names for values nothing can be used twice, so nothing grows beyond the text of the expression.
  const canShare = nodes.some((node) => node.type === 'lambda' || node.type === 'bind');

  return (node, _input, environment, value) => {
    if (typeof value === 'string') {
      if (value.length > EXPRESSION_LIMITS.characters) {
        throw new ExpressionLimitError(`a text is longer than ${EXPRESSION_LIMITS.characters} characters`);
      }
      if (node.type === 'function') spend(environment, 'written', value.length);
    } else if (typeof value === 'object' && value !== null) {
      const constructs = node.type === 'unary' || (node.type === 'binary' && node.value === '..');
      if (constructs && Array.isArray(value)) spend(environment, 'listed', value.length);
      if (canShare && (constructs || node.type === 'function' || node.type === 'apply')) {
        contextOf(environment).weigh(value);
      }
      if (patterns.has(node)) refuseFunctions(value);
    }
  };
}

function spend(environment: Environment, kind: 'listed' | 'written', amount: number): void {
  const { spent } = contextOf(environment);
  spent[kind] += amount;
  if (spent[kind] > EXPRESSION_LIMITS[kind]) {
    throw new ExpressionLimitError(`the expression makes more than it may (${kind}: ${EXPRESSION_LIMITS[kind]})`);
  }
}

/** The operator |...|...| would write into the function, and functions are shared. */
function refuseFunctions(matches: unknown): void {
  for (const match of Array.isArray(matches) ? matches : [matches]) {
    if (isFunction(match)) throw new ExpressionLimitError('a function cannot be changed');
  }
}
