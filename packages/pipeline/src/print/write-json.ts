import type { Ordered } from './order-fields.ts';

/** Lists of plain values that fit this stay on one line: positions, partitions, short choices. */
const LINE_WIDTH = 100;

/** JSON with a field per line, so that a change of one setting is a change of one line. */
export function writeJson(value: Ordered, indent = ''): string {
  if (typeof value !== 'object' || value === null) return writeScalar(value);
  const inner = `${indent}  `;
  if (isList(value)) {
    if (value.every((entry) => typeof entry !== 'object' || entry === null)) {
      const line = `[${value.map((entry) => writeJson(entry)).join(', ')}]`;
      if (line.length + indent.length <= LINE_WIDTH) return line;
    }
    return `[\n${value.map((entry) => inner + writeJson(entry, inner)).join(',\n')}\n${indent}]`;
  }
  const fields = Object.entries(value);
  if (fields.length === 0) return '{}';
  return `{\n${fields.map(([field, below]) => `${inner}${JSON.stringify(field)}: ${writeJson(below, inner)}`).join(',\n')}\n${indent}}`;
}

/** `JSON.stringify` drops the sign of negative zero; JSON itself does not. */
function writeScalar(value: null | boolean | number | string): string {
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}

function isList(value: object): value is readonly Ordered[] {
  return Array.isArray(value);
}
