import type { CancelSignal } from '@sluice/engine';
import type { Environment } from './builtins.ts';
import { EvaluationCancelledError } from './expression-failure.ts';
import { EXPRESSION_LIMITS, ExpressionTimeError } from './limits.ts';

/** Gives the turn to the host's task queue and comes back. */
export type Breathe = () => Promise<void>;

/** The evaluator awaits what is bound to this before each part of an expression. */
const ENTRY = Symbol.for('jsonata.__evaluate_entry');
/** A slice of running in ms, after which the others have their turn. */
const SLICE_MS = 10;
/** The time is looked at once in so many parts: one alone takes about a microsecond. */
const PARTS_PER_LOOK = 16;

/** Of the machine, also where the time that expressions see is made up: no result depends on it. */
function measuredMs(): number {
  // oxlint-disable-next-line no-restricted-globals -- measures how long the thread was held
  return performance.now();
}

/** The evaluator's outermost frame, of which all others of one evaluation descend. */
interface BaseFrame extends Environment {
  bind(name: string | symbol, value: unknown): void;
  /** Called before each part, just ahead of the entry hook. */
  guardrails(): void;
}

/** How one evaluation shares the thread. */
export interface Pace {
  /** Takes the evaluation in hand. */
  begin(base: Environment): void;
  /** Throws when the evaluation has run for as long as it may, its pauses not counted, or nobody waits for it. */
  check(): void;
  /** How long it has run since the last pause. */
  sliceMs(): number;
}

/**
 * Runs an evaluation in slices. The evaluator waits only for promises, and those never let timers or sockets have a turn,
 * so an endless expression would hold up the whole process until its time is up.
 *
 * The hook is bound only while a pause is due, because the evaluator waits for it before every part.
 */
export function createPace(breathe: Breathe, signal: CancelSignal | undefined): Pace {
  let parts = 0;
  let ranMs = 0;
  let since = measuredMs();
  let pausing = false;

  const sliceMs = (): number => measuredMs() - since;
  const check = (): void => {
    if (ranMs + sliceMs() > EXPRESSION_LIMITS.timeMs) {
      throw new ExpressionTimeError(`the expression ran for longer than ${EXPRESSION_LIMITS.timeMs} ms`);
    }
    if (signal?.cancelled === true) throw new EvaluationCancelledError('the evaluation was given up');
  };

  return {
    check,
    sliceMs,
    begin(environment) {
      // The hook is first called with the frame of the whole evaluation.
      const base = environment as BaseFrame;
      const checkDepth = base.guardrails;
      let pause: Promise<void> | undefined;

      const takePause = async (): Promise<void> => {
        await breathe();
        base.bind(ENTRY, undefined);
        pause = undefined;
        pausing = false;
        since = measuredMs();
      };

      base.guardrails = () => {
        checkDepth();
        parts += 1;
        if (parts % PARTS_PER_LOOK !== 0 || pausing) return;
        check();
        const ms = sliceMs();
        if (ms < SLICE_MS) return;
        ranMs += ms;
        pausing = true;
        // Parts that are evaluated side by side all wait for the same pause.
        base.bind(ENTRY, () => (pause ??= takePause()));
      };
      base.bind(ENTRY, undefined);
    },
  };
}

/**
 * Pauses between evaluations that each end within a slice: thousands of them in a row, as for the items of a page, would
 * hold the thread as one long evaluation does.
 */
export function createRest(breathe: Breathe): (ranMs: number) => Promise<void> | undefined {
  let owedMs = 0;
  return (ranMs) => {
    owedMs += Math.min(ranMs, SLICE_MS);
    if (owedMs < SLICE_MS) return undefined;
    owedMs = 0;
    return breathe();
  };
}

/** The hook to assign to an expression whose evaluations have a pace. */
export function assignPace(
  assign: (name: string, value: unknown) => void,
  paceOf: (environment: Environment) => Pace | undefined,
): void {
  // The type knows only names of variables.
  assign(ENTRY as unknown as string, (_node: unknown, _input: unknown, environment: Environment) => {
    paceOf(environment)?.begin(environment);
  });
}
