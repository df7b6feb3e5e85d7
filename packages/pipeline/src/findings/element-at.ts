import type { Finding } from '../finding.ts';
import { valueAt } from './json-path.ts';

/** The node or wire in which a JSON Pointer lies, ready to be spread into a finding. */
export function elementAt(document: unknown, pointer: string): Pick<Finding, 'element'> {
  const match = /^\/(nodes|wires)\/(\d+)(?:\/|$)/.exec(pointer);
  const list = match?.[1];
  if (list === undefined) return {};
  const id = valueAt(document, [list, Number(match?.[2]), 'id']);
  if (typeof id !== 'string' || id === '') return {};
  return { element: { kind: list === 'nodes' ? 'node' : 'wire', id } };
}
