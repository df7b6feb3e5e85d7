/** Keys and indexes from the document down to one value. */
export type JsonPath = readonly (string | number)[];

/** RFC 6901: `/nodes/2/config/url`; the empty string is the whole document. */
export function jsonPointer(path: JsonPath): string {
  return path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** As people write it: `nodes[2].config.url`. */
export function spokenPath(path: JsonPath): string {
  let spoken = '';
  for (const segment of path) {
    if (typeof segment === 'number') spoken += `[${segment}]`;
    else if (/^[\w$-]+$/.test(segment)) spoken += spoken === '' ? segment : `.${segment}`;
    else spoken += `[${JSON.stringify(shortened(segment))}]`;
  }
  return spoken;
}

/** What stands at the path, or `undefined`. Looks at own fields only. */
export function valueAt(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[segment];
  }
  return value;
}

/** A piece of the user's own text, short enough for a message. */
export function shortened(text: string, length = 60): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
