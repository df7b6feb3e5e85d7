import { STRUCTURE_BOUNDS } from './structure-bounds.ts';

export interface JsonVisitor {
  /** A member of an object or an entry of a list; `offset` is where its name, or else its value, starts. */
  onEntry?(path: readonly (string | number)[], offset: number): void;
}

export type JsonScan =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: 'syntax' | 'duplicate-field' | 'too-deep';
      readonly offset: number;
      readonly problem: string;
    };

/**
 * Reads JSON text for what `JSON.parse` does not tell alike in every browser: where it is broken and why in plain
 * words, fields written twice, and the position of each value. Accepts exactly what `JSON.parse` accepts, apart from
 * duplicates and depth.
 */
export function scanJson(text: string, visitor: JsonVisitor = {}): JsonScan {
  const scanner = new JsonScanner(text, visitor);
  try {
    scanner.scan();
    return { ok: true };
  } catch (error) {
    if (!(error instanceof ScanStop)) throw error;
    return { ok: false, reason: error.reason, offset: error.offset, problem: error.message };
  }
}

/** Ends the scan from any depth; never leaves this file. */
class ScanStop extends Error {
  readonly reason: 'syntax' | 'duplicate-field' | 'too-deep';
  readonly offset: number;

  constructor(reason: ScanStop['reason'], offset: number, problem: string) {
    super(problem);
    this.reason = reason;
    this.offset = offset;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const ESCAPE = /["\\/bfnrt]|u[0-9A-Fa-f]{4}/y;

class JsonScanner {
  private readonly text: string;
  private readonly visitor: JsonVisitor;
  private readonly path: (string | number)[] = [];
  private at = 0;

  constructor(text: string, visitor: JsonVisitor) {
    this.text = text;
    this.visitor = visitor;
  }

  scan(): void {
    this.skipSpace();
    this.value();
    this.skipSpace();
    if (this.at < this.text.length) this.stop(`there is more text after the end of the document: ${this.seen()}`);
  }

  private value(): void {
    const character = this.text[this.at];
    if (character === '{') return this.object();
    if (character === '[') return this.list();
    if (character === '"') {
      this.string();
      return;
    }
    if (this.match(NUMBER) !== undefined) return;
    const start = this.at;
    const word = this.match(WORD);
    if (word === 'true' || word === 'false' || word === 'null') return;
    this.at = start;
    this.stop(
      word === undefined
        ? `a value is expected, not ${this.seen()}`
        : `\`${word}\` is not a value: put text in double quotes`,
    );
  }

  private object(): void {
    this.enter();
    const names = new Set<string>();
    if (!this.closes('}')) {
      do {
        this.skipSpace();
        const offset = this.at;
        if (this.text[this.at] === '}') this.stop('a comma stands before the closing }: remove it');
        if (this.text[this.at] !== '"') this.stop(`a field name in double quotes is expected, not ${this.seen()}`);
        const name = this.string();
        if (names.has(name)) this.stop(`the field "${name}" is written twice in one object`, offset, 'duplicate-field');
        names.add(name);
        this.skipSpace();
        if (this.text[this.at] !== ':') this.stop(`a colon is expected after the field name, not ${this.seen()}`);
        this.at += 1;
        this.entry(name, offset);
      } while (this.separated('}'));
    }
  }

  private list(): void {
    this.enter();
    if (!this.closes(']')) {
      let index = 0;
      do {
        this.skipSpace();
        if (this.text[this.at] === ']') this.stop('a comma stands before the closing ]: remove it');
        this.entry(index, this.at);
        index += 1;
      } while (this.separated(']'));
    }
  }

  private entry(segment: string | number, offset: number): void {
    this.path.push(segment);
    this.visitor.onEntry?.(this.path, offset);
    this.skipSpace();
    this.value();
    this.path.pop();
  }

  private enter(): void {
    if (this.path.length >= STRUCTURE_BOUNDS.depth)
      this.stop('objects and lists are nested too deeply', this.at, 'too-deep');
    this.at += 1;
  }

  private closes(bracket: '}' | ']'): boolean {
    this.skipSpace();
    if (this.text[this.at] !== bracket) return false;
    this.at += 1;
    return true;
  }

  /** True after a comma, false after the closing bracket. */
  private separated(bracket: '}' | ']'): boolean {
    if (this.closes(bracket)) return false;
    if (this.text[this.at] !== ',') this.stop(`a comma or the closing ${bracket} is expected, not ${this.seen()}`);
    this.at += 1;
    return true;
  }

  private string(): string {
    const start = this.at;
    this.at += 1;
    for (;;) {
      const character = this.text[this.at];
      if (character === undefined) this.stop('text has no closing double quote', start);
      if (character < ' ') {
        if (character === '\n' || character === '\r') this.stop('text has no closing double quote on its line', start);
        this.stop('a control character stands in a text: write it as \\u00..');
      }
      this.at += 1;
      if (character === '"') break;
      if (character === '\\' && this.match(ESCAPE) === undefined)
        this.stop('a backslash must be followed by one of " \\ / b f n r t u', this.at - 1);
    }
    // Just scanned as a JSON string, so this neither throws nor yields anything else.
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private skipSpace(): void {
    for (;;) {
      const character = this.text[this.at];
      if (character !== ' ' && character !== '\n' && character !== '\r' && character !== '\t') return;
      this.at += 1;
    }
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private seen(): string {
    if (this.at >= this.text.length) return 'the end of the text';
    if (this.text.startsWith('//', this.at) || this.text.startsWith('/*', this.at) || this.text[this.at] === '#')
      return 'a comment: JSON has none';
    return `\`${String.fromCodePoint(this.text.codePointAt(this.at) ?? 0)}\``;
  }

  private stop(problem: string, offset = this.at, reason: ScanStop['reason'] = 'syntax'): never {
    throw new ScanStop(reason, offset, problem);
  }
}
