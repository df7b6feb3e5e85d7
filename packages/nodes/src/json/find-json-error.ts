export interface JsonError {
  /** Index of the first character that cannot stand there; the length when the text ends too early. */
  readonly position: number;
  /** What is wrong, such as `expected a value, found "}"`. */
  readonly expected: string;
}

const LITERALS = ['true', 'false', 'null'] as const;
const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const CONTROL_CHARACTER_MAX = 0x1f;

/**
 * Finds where a broken JSON text breaks. Call it only on a text that `JSON.parse` has refused: the engine's parser is
 * the judge, this only finds the words. Keeps its own stack, so depth does no harm.
 */
export function findJsonError(text: string): JsonError {
  /** What is open: `}` for an object, `]` for a list. */
  const open: ('}' | ']')[] = [];
  let position = 0;

  const skipSpace = (): void => {
    SPACE.lastIndex = position;
    position += SPACE.exec(text)?.[0].length ?? 0;
  };
  const complain = (expected: string): JsonError => {
    const found = position >= text.length ? 'the text ends' : `found ${JSON.stringify(text[position])}`;
    return { position, expected: `expected ${expected}, ${found}` };
  };

  /** Reads a text; answers what is wrong with it. */
  const readText = (): JsonError | undefined => {
    for (position += 1; position < text.length; position += 1) {
      const character = text[position];
      if (character === '"') {
        position += 1;
        return undefined;
      }
      if (text.charCodeAt(position) <= CONTROL_CHARACTER_MAX) return complain('no control character in a text');
      if (character !== '\\') continue;
      position += 1;
      if (text[position] === 'u') {
        if (!/^[0-9a-fA-F]{4}$/.test(text.slice(position + 1, position + 5)))
          return complain('four hex digits after \\u');
        position += 4;
      } else if (!'"\\/bfnrt'.includes(text[position] ?? ' ')) {
        return complain('an escape such as \\n');
      }
    }
    return complain('the end of a text');
  };

  /** Reads a key and its colon. */
  const readKey = (): JsonError | undefined => {
    if (text[position] !== '"') return complain('a field name in quotes');
    const error = readText();
    if (error !== undefined) return error;
    skipSpace();
    if (text[position] !== ':') return complain('":"');
    position += 1;
    return undefined;
  };

  for (;;) {
    // Here a value begins.
    skipSpace();
    const character = text[position];
    if (character === '{' || character === '[') {
      const close = character === '{' ? '}' : ']';
      position += 1;
      skipSpace();
      if (text[position] !== close) {
        open.push(close);
        const error = close === '}' ? readKey() : undefined;
        if (error !== undefined) return error;
        continue;
      }
      position += 1;
    } else if (character === '"') {
      const error = readText();
      if (error !== undefined) return error;
    } else {
      const literal = LITERALS.find((word) => text.startsWith(word, position));
      NUMBER.lastIndex = position;
      const length = literal?.length ?? NUMBER.exec(text)?.[0].length;
      if (length === undefined) return complain('a value');
      position += length;
    }

    // Here a value has ended.
    for (;;) {
      skipSpace();
      const close = open.at(-1);
      if (close === undefined) return complain('the end');
      if (text[position] === close) {
        open.pop();
        position += 1;
        continue;
      }
      if (text[position] !== ',') return complain(`"," or "${close}"`);
      position += 1;
      skipSpace();
      const error = close === '}' ? readKey() : undefined;
      if (error !== undefined) return error;
      break;
    }
  }
}
