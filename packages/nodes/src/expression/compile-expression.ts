import type { CancelSignal, Json, Random } from '@sluice/engine';
import jsonata from 'jsonata';
import {
  BUILTIN_NAMES,
  CONTEXT,
  contextOf,
  hardenBuiltins,
  replaceBuiltins,
  type EvaluationContext,
} from './builtins.ts';
import { copyInput } from './copy-input.ts';
import { EvaluationCancelledError, expressionFailure } from './expression-failure.ts';
import { createGuard, needsGuard } from './guard.ts';
import { EXPRESSION_LIMITS, ExpressionLimitError } from './limits.ts';
import { assignPace, type Breathe, createPace, createRest } from './pace.ts';
import { placeIn } from './place-in.ts';
import { compileRegex, createMatcher, type LinearRegex } from './regex-matcher.ts';
import { followSimplePath, NOT_SIMPLE, readSimplePath } from './simple-path.ts';
import { boundNames, syntaxNodes, type SyntaxNode } from './syntax-tree.ts';
import { toJson } from './to-json.ts';
import { createScale } from './weigh.ts';

/** What an evaluation may use of the world. */
export interface Scope {
  /** Wall time in ms: `$now()` and `$millis()`, the same throughout one evaluation. */
  now(): number;
  /** `$random()`, `$uuid()` and `$shuffle()`. */
  readonly random: Random;
  /** Values of the names that the expression was compiled with. */
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly signal?: CancelSignal;
}

export interface Expression {
  /**
   * The value, as plain JSON that shares nothing with the input; `undefined` when the expression gives nothing. Rejects
   * with a `WorkError`: `expression-failed`, `expression-raised` (`$error`, `$assert`), `expression-limit` and
   * `expression-not-data` are permanent. `expression-timeout` is permanent where the expression was compiled with
   * `breathe`, because then only its own running counts.
   */
  evaluate(input: Json | undefined, scope: Scope): Promise<Json | undefined>;
}

export type CompileResult =
  | { readonly ok: true; readonly expression: Expression }
  | {
      readonly ok: false;
      readonly reason: 'syntax' | 'unknown-name' | 'unsupported';
      readonly message: string;
      readonly position: number;
    };

/**
 * Compiles JSONata once, for many evaluations.
 *
 * The language has no way to the network, to files or to code, and this keeps it so: objects of the host are never
 * bound, functions cannot be taken apart, `$eval` is refused, time and chance come from the scope, and everything that
 * could hold the thread or fill the memory is bounded (`EXPRESSION_LIMITS`). Regular expressions run on a linear engine.
 *
 * With `breathe`, evaluations run in slices and give the others a turn in between.
 */
export async function compileExpression(
  text: string,
  variables: readonly string[] = [],
  breathe?: Breathe,
): Promise<CompileResult> {
  const originals = await hardenBuiltins();

  let compiled: jsonata.Expression;
  try {
    compiled = jsonata(text, {
      // The evaluator's own limit counts the pauses, too.
      timeout: breathe === undefined ? EXPRESSION_LIMITS.timeMs : 0,
      stack: EXPRESSION_LIMITS.depth,
      sequence: EXPRESSION_LIMITS.sequence,
      // Regular expressions are taken out of the tree below; one that turns up all the same must not run.
      RegexEngine: RefusedEngine as unknown as RegExpConstructor,
    });
  } catch (error) {
    return syntaxComplaint(text, error);
  }

  const nodes = syntaxNodes(compiled.ast());
  const unknown = unknownName(nodes, new Set([...BUILTIN_NAMES, ...boundNames(nodes), ...variables, '', '$']));
  if (unknown !== undefined)
    return { ok: false, reason: 'unknown-name', ...complaint(text, unknown.position ?? 0, unknown.message) };

  const regexes = new Map<string, LinearRegex>();
  for (const node of nodes) {
    if (node.type !== 'regex' || !(node.value instanceof RegExp)) continue;
    const result = compileRegex(node.value);
    if (!result.ok) return { ok: false, reason: 'unsupported', ...complaint(text, node.position ?? 0, result.message) };
    // From here on it is a variable, bound at each evaluation. With the space no expression can name it.
    const name = ` regex${regexes.size}`;
    regexes.set(name, result.regex);
    node.type = 'variable';
    node.value = name;
  }

  replaceBuiltins(compiled, originals);
  if (needsGuard(nodes)) {
    // Called with each value that a part of the expression gives. The type knows only names of variables.
    compiled.assign(Symbol.for('jsonata.__evaluate_exit') as unknown as string, createGuard(nodes));
  }
  if (breathe !== undefined) {
    assignPace(compiled.assign.bind(compiled), (environment) => contextOf(environment).pace);
  }
  const rest = breathe === undefined ? undefined : createRest(breathe);
  const simplePath = readSimplePath(compiled.ast());

  return {
    ok: true,
    expression: {
      async evaluate(input, scope) {
        try {
          const found = simplePath === undefined ? NOT_SIMPLE : followSimplePath(simplePath, input);
          if (found !== NOT_SIMPLE) return toJson(found);

          const now = scope.now();
          const pace = breathe === undefined ? undefined : createPace(breathe, scope.signal);
          const context: EvaluationContext = {
            now,
            random: scope.random,
            weigh: createScale(),
            spent: { listed: 0, written: 0 },
            pace,
          };
          const bindings: Record<string, unknown> = { ...scope.variables, [CONTEXT]: context };
          const checkTime = () => {
            if (pace !== undefined) pace.check();
            else if (scope.now() - now > EXPRESSION_LIMITS.timeMs) {
              throw new ExpressionLimitError('the regular expression takes too long on this text');
            }
          };
          for (const [name, regex] of regexes) bindings[name] = createMatcher(regex, checkTime);
          const result: unknown = await untilCancelled(compiled.evaluate(copyInput(input), bindings), scope.signal);
          const value = toJson(result);
          if (pace !== undefined) await rest?.(pace.sliceMs());
          return value;
        } catch (error) {
          throw expressionFailure(error, text);
        }
      },
    },
  };
}

function unknownName(
  nodes: readonly SyntaxNode[],
  known: ReadonlySet<string>,
): { readonly position: number | undefined; readonly message: string } | undefined {
  for (const node of nodes) {
    if (node.type !== 'variable' || typeof node.value !== 'string') continue;
    if (node.value === 'eval')
      return { position: node.position, message: '$eval is not available: data is never run as code' };
    if (!known.has(node.value)) return { position: node.position, message: `there is nothing named $${node.value}` };
  }
  return undefined;
}

function syntaxComplaint(text: string, error: unknown): CompileResult {
  if (error instanceof RangeError) {
    return { ok: false, reason: 'syntax', message: 'the expression is nested too deeply', position: 0 };
  }
  // The parser throws plain objects, and native errors for what the language's own regular expressions refuse.
  const { message, position } = error as { readonly message?: string; readonly position?: number };
  return { ok: false, reason: 'syntax', ...complaint(text, position ?? 0, message ?? 'the expression cannot be read') };
}

function complaint(text: string, position: number, message: string) {
  return { message: `${message} ${placeIn(text, position)}`, position };
}

/** Gives up waiting when nobody waits any more: an expression can make itself wait for ever, though not keep busy. */
async function untilCancelled<Value>(evaluation: Promise<Value>, signal: CancelSignal | undefined): Promise<Value> {
  if (signal === undefined) return evaluation;
  let stop = () => {};
  const cancelled = new Promise<never>((_, reject) => {
    stop = signal.onCancel(() => reject(new EvaluationCancelledError('the evaluation was given up')));
  });
  try {
    return await Promise.race([evaluation, cancelled]);
  } finally {
    stop();
  }
}

/** Stands in for a constructor of regular expressions. */
function RefusedEngine(): never {
  throw new ExpressionLimitError('a regular expression cannot be made here');
}
