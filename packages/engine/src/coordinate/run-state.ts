import type { Json } from '../message.ts';
import type { CoordinatedStep } from '../ports/node-behaviour.ts';

/**
 * How far a run is. Kept in the store between steps, so that it goes on after a crash where it was.
 *
 * | phase   | event                                   | next                                                        |
 * | ------- | --------------------------------------- | ----------------------------------------------------------- |
 * | forward | a step answered                         | forward; with the last one: done                            |
 * | forward | a step failed for good                  | undo, of the steps that were done or may have been, in reverse |
 * | undo    | a compensation answered                 | undo; with the last one: undone                             |
 * | undo    | a compensation failed for good          | undo: the message is given up and goes on from here when it is redriven |
 */
export interface RunState {
  readonly phase: 'forward' | 'undo';
  /** Answers of the steps that are done, by port. */
  readonly results: Readonly<Record<string, Json>>;
  /** Attempt of the message at which the present stage began: the tries of a stage are counted from there. */
  readonly stageSince: number;
  /** Why it is being undone. */
  readonly failed?: { readonly step: string; readonly code: string; readonly message: string };
  /** Ports of the compensations that are still to be called, in order. */
  readonly toUndo: readonly string[];
}

export function beginRun(attempt: number): RunState {
  return { phase: 'forward', results: {}, stageSince: attempt, toUndo: [] };
}

/** Reads what the store kept; what it does not understand begins anew. */
export function readRun(kept: Json | undefined, attempt: number): RunState {
  const state = kept as unknown as RunState | undefined;
  if (state === undefined || state === null || typeof state !== 'object' || !('results' in state))
    return beginRun(attempt);
  // A redriven message begins to count anew.
  return state.stageSince > attempt ? { ...state, stageSince: attempt } : state;
}

/** The steps that are to be called now: the first stage that is not done, without those of it that are. */
export function nextStage(steps: readonly CoordinatedStep[], state: RunState): readonly CoordinatedStep[] {
  const isDone = (step: CoordinatedStep): boolean => Object.hasOwn(state.results, step.port);
  const first = steps.findIndex((step) => !isDone(step));
  if (first === -1) return [];
  let start = first;
  while (start > 0 && steps[start]?.together === true) start -= 1;
  let end = first + 1;
  while (steps[end]?.together === true) end += 1;
  return steps.slice(start, end).filter((step) => !isDone(step));
}

/** A step has answered. With the last one of its stage the tries of the next begin to count. */
export function stepDone(request: {
  readonly steps: readonly CoordinatedStep[];
  readonly state: RunState;
  readonly step: CoordinatedStep;
  readonly answer: Json;
  readonly attempt: number;
}): RunState {
  const { steps, state, step } = request;
  const isLastOfStage = nextStage(steps, state).every((other) => other.port === step.port);
  return {
    ...state,
    results: { ...state.results, [step.port]: request.answer },
    stageSince: isLastOfStage ? request.attempt : state.stageSince,
  };
}

/**
 * Turns round: what was done is undone, last first. `inDoubt` are steps that gave no answer and may have had their effect.
 */
export function turnRound(request: {
  readonly steps: readonly CoordinatedStep[];
  readonly state: RunState;
  readonly failed: { readonly step: string; readonly code: string; readonly message: string };
  readonly inDoubt: ReadonlySet<string>;
  readonly attempt: number;
}): RunState {
  const { steps, state } = request;
  const toUndo = steps
    .filter((step) => Object.hasOwn(state.results, step.port) || request.inDoubt.has(step.port))
    .flatMap((step) => (step.undoPort === undefined ? [] : [step.undoPort]))
    .toReversed();
  return { ...state, phase: 'undo', failed: request.failed, toUndo, stageSince: request.attempt };
}

export function undone(state: RunState, attempt: number): RunState {
  return { ...state, toUndo: state.toUndo.slice(1), stageSince: attempt };
}
