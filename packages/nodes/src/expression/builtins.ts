import type { Random } from '@sluice/engine';
import jsonata from 'jsonata';
import { isFunction } from './is-function.ts';
import { EXPRESSION_LIMITS, ExpressionLimitError } from './limits.ts';
import type { Pace } from './pace.ts';

/**
 * Functions of the language, as the evaluator has them, with those replaced that read the clock or chance, run text as
 * code, take more than linear time, or would allocate without bound.
 *
 * The evaluator keeps the definitions of its functions in objects shared by every expression of the process, and a few
 * operators can reach into any object. So they are closed here, once: `implementation` and `signature` can neither be
 * seen nor replaced.
 */
const NAMES = `
  sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim
  pad match contains replace split join formatNumber formatBase formatInteger parseInteger number floor
  ceil round abs sqrt power random boolean not map zip filter single reduce sift keys lookup append exists
  spread merge reverse each error assert type sort shuffle distinct base64encode base64decode
  encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl eval toMillis fromMillis clone
`
  .trim()
  .split(/\s+/);

/** Names that an expression may call, `$` left out. */
export const BUILTIN_NAMES: readonly string[] = [...NAMES, 'now', 'millis', 'uuid'];

/** What one evaluation may use of the world. */
export interface EvaluationContext {
  readonly now: number;
  readonly random: Random;
  /** Throws when the value is too large. */
  readonly weigh: (value: unknown) => void;
  /** What the evaluation has made so far. */
  readonly spent: { listed: number; written: number };
  /** Absent: it runs in one go. */
  readonly pace: Pace | undefined;
}

/** Under this name the context stands in the evaluator's environment. With the space no expression can name it. */
export const CONTEXT = ' context';

type Implementation = (this: unknown, ...values: unknown[]) => unknown;

interface Definition {
  readonly _jsonata_function: true;
  readonly implementation: Implementation;
  readonly signature?: object;
}

/** The evaluator's names and their values. */
export interface Environment {
  lookup(name: string): unknown;
}

interface Focus {
  readonly environment: Environment;
  createSequence(): unknown[];
}

let hardened: Promise<ReadonlyMap<string, Implementation>> | undefined;

/** Closes the shared definitions on first use and gives the original implementations. */
export function hardenBuiltins(): Promise<ReadonlyMap<string, Implementation>> {
  hardened ??= closeDefinitions();
  return hardened;
}

async function closeDefinitions(): Promise<ReadonlyMap<string, Implementation>> {
  const originals = new Map<string, Implementation>();
  for (const name of NAMES) {
    const definition = (await jsonata(`$${name}`).evaluate(null)) as Definition;
    originals.set(name, definition.implementation);
    for (const property of ['_jsonata_function', 'implementation', 'signature'] as const) {
      Object.defineProperty(definition, property, { enumerable: false, writable: false, configurable: false });
    }
    if (definition.signature !== undefined) Object.freeze(definition.signature);
  }
  return originals;
}

/** Puts our versions in place of the evaluator's. */
export function replaceBuiltins(expression: jsonata.Expression, originals: ReadonlyMap<string, Implementation>): void {
  const original = (name: string) => originals.get(name)!;
  const define = (name: string, signature: string, implementation: (this: Focus, ...values: never[]) => unknown) => {
    // The evaluator's own type of `this` lacks `createSequence`, which it passes all the same.
    expression.registerFunction(name, implementation as never, signature);
  };

  define('now', '<s?s?:s>', function (picture?: string, timezone?: string) {
    return original('fromMillis').call(this, contextOf(this.environment).now, picture, timezone);
  });
  define('millis', '<:n>', function () {
    return contextOf(this.environment).now;
  });
  define('random', '<:n>', function () {
    return contextOf(this.environment).random.next();
  });
  define('uuid', '<:s>', function () {
    return uuid(contextOf(this.environment).random);
  });
  define('shuffle', '<a:a>', function (values?: readonly unknown[]) {
    return values === undefined ? undefined : shuffle(values, contextOf(this.environment).random);
  });
  define('eval', '<sx?:x>', function () {
    throw new ExpressionLimitError('$eval is not available: data is never run as code');
  });
  define('toMillis', '<s-s?:n>', function (text?: string, picture?: string) {
    if (text !== undefined && picture !== undefined) checkPicture(text, picture);
    // oxlint-disable-next-line no-restricted-globals -- made from a number, reads no clock
    const environment = { timestamp: new Date(contextOf(this.environment).now) };
    return original('toMillis').call({ environment }, text, picture);
  });
  define('pad', '<s-ns?:s>', function (text: string | undefined, width: number, filler?: string) {
    if (Math.abs(width) * (filler?.length ?? 1) > EXPRESSION_LIMITS.characters) {
      throw new ExpressionLimitError(`$pad would make a text longer than ${EXPRESSION_LIMITS.characters} characters`);
    }
    return original('pad').call(this, text, width, filler);
  });
  define('join', '<a<s>s?:s>', function (texts?: readonly string[], separator = '') {
    if (texts === undefined) return undefined;
    const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
    if (length > EXPRESSION_LIMITS.characters) {
      throw new ExpressionLimitError(`$join would make a text longer than ${EXPRESSION_LIMITS.characters} characters`);
    }
    return texts.join(separator);
  });
  define('string', '<x-b?:s>', function (value?: unknown, pretty?: boolean) {
    contextOf(this.environment).weigh(value);
    return original('string').call(this, value, pretty);
  });
  define('distinct', '<x:x>', function (values?: unknown) {
    return Array.isArray(values) && values.length > 1 ? distinct(values, this) : values;
  });
  define('base64encode', '<s-:s>', (text?: string) => (text === undefined ? undefined : btoa(text)));
  define('base64decode', '<s-:s>', (text?: string) => (text === undefined ? undefined : atob(text)));
}

export function contextOf(environment: Environment): EvaluationContext {
  // Bound by every evaluation before anything else runs.
  return environment.lookup(CONTEXT) as EvaluationContext;
}

function uuid(random: Random): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random.next() * 16));
  digits[12] = 4;
  digits[16] = (digits[16]! & 3) | 8;
  const text = digits.map((digit) => digit.toString(16)).join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

function shuffle(values: readonly unknown[], random: Random): unknown[] {
  const shuffled = [...values];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random.next() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
}

/** The evaluator compares each with each, which for a hundred thousand values takes minutes. */
function distinct(values: readonly unknown[], focus: Focus): unknown[] {
  contextOf(focus.environment).weigh(values);
  const isSequence = (values as { readonly sequence?: unknown }).sequence === true;
  const kept = isSequence ? focus.createSequence() : [];
  const seen = new Set<unknown>();
  for (const value of values) {
    const identity = identityOf(value);
    if (seen.has(identity)) continue;
    seen.add(identity);
    kept.push(value);
  }
  return kept;
}

/** Texts get a mark, so that none equals the canonical form of an object. */
function identityOf(value: unknown): unknown {
  if (typeof value === 'string') return `"${value}`;
  return typeof value === 'object' && value !== null && !isFunction(value) ? canonical(value) : value;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

const PICTURE_WORK_MAX = 20_000_000;

/**
 * The evaluator turns a picture into a regular expression of its own engine, with one group for each component: on a
 * row of digits it tries every way of parting them.
 */
function checkPicture(text: string, picture: string): void {
  const components = picture.split('[').length - 1;
  let ways = 1;
  for (let k = 1; k < components; k += 1) ways = (ways * (text.length - k)) / k;
  if (picture.length > 200 || ways > PICTURE_WORK_MAX) {
    throw new ExpressionLimitError('the picture of $toMillis has too many components for so long a text');
  }
}
