import { reasonToGiveUp } from '../delivery/retry-decision.ts';
import { outputId } from '../delivery/output-id.ts';
import type { Json, Message } from '../message.ts';
import type { StoreOperation } from '../ports/message-store.ts';
import type { CoordinatedStep, PreparedCoordinator, WorkResult } from '../ports/node-behaviour.ts';
import { sendOut } from '../running/hand-on.ts';
import type { RunningNode } from '../running/graph.ts';
import { misbehaved, UnitFailure, type Unit } from '../running/unit.ts';
import { WorkError } from '../work-error.ts';
import { nextStage, readRun, stepDone, turnRound, undone, type RunState } from './run-state.ts';

/**
 * Takes one message through the steps of a coordinator. After each step, what it stored and how far the run is are one
 * commit, fenced by the message's lease: who lost it learns so before the next step. The ids of calls depend on message
 * and step alone, so a step that is repeated after a crash carries the same Idempotency-Key.
 *
 * A step that fails and may be tried again gives the message back to its wire, and the run goes on there at its next
 * turn. What comes of the run is the result of the node: the caller commits it together with the end of the message.
 */
export async function coordinate(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly prepared: PreparedCoordinator;
  readonly message: Message;
}): Promise<WorkResult> {
  const { unit, node, prepared, message } = request;
  const { lease } = unit;
  if (lease === undefined) {
    throw misbehaved(
      node,
      'coordinator-needs-queue',
      'is called over a push wire, where it could not go on after a crash',
    );
  }
  const { store } = unit.parts;
  const place = `${unit.graph.plan.pipelineId}/${node.plan.id}`;
  const keptAt = runId(place, message.id);
  const { steps } = prepared;
  const { attempt, ...stored } = message;
  let state = readRun(await store.cursor(keptAt), attempt);

  /** Makes a step durable before the next begins. */
  const keep = async (next: RunState, operations: readonly StoreOperation[] = []): Promise<void> => {
    const result = await unit.parts.commit([
      { op: 'require-lease', lease },
      ...operations,
      { op: 'cursor', source: keptAt, value: next as unknown as Json },
    ]);
    if (!result.ok) throw notKept(node, result);
    state = next;
  };

  /** One call over the wires of a port; answers what came back and what is to be stored with it. */
  const call = async (port: string, payload: Json): Promise<{ answer: Json; done: Unit }> => {
    // Each call has the time that its wire gives it, and what it stores is committed with its own step.
    const answers: Json[] = [];
    const repeated = attempt > state.stageSince;
    const inner: Unit = {
      ...unit,
      deadlineAt: Number.POSITIVE_INFINITY,
      operations: [],
      afterCommit: [],
      answers,
      repeated,
    };
    if ((node.plan.outputs.get(port) ?? []).length === 0) return { answer: null, done: inner };
    await sendOut({
      unit: inner,
      node,
      port,
      message: {
        ...stored,
        id: outputId(message.id, `${place}.${port}`, 0),
        payload,
        enqueuedAt: unit.parts.clock.now(),
      },
    });
    return { answer: answers[0] ?? null, done: inner };
  };

  const takeStep = async (step: CoordinatedStep): Promise<void> => {
    const { answer, done } = await call(step.port, { input: message.payload, results: state.results });
    // One after the other, as the answers come: each commit holds the steps before it.
    await inTurn(() => keep(stepDone({ steps, state, step, answer, attempt }), done.operations));
    for (const after of done.afterCommit) after();
  };

  let line: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const result = line.then(act);
    line = result.catch(() => {});
    return result;
  };

  while (state.phase === 'forward') {
    const stage = nextStage(steps, state);
    if (stage.length === 0) break;
    const failures = await failuresOf(stage, takeStep);
    if (failures.length === 0) continue;
    const tries = attempt - state.stageSince + 1;
    const ageMs = unit.parts.clock.now() - message.enqueuedAt;
    const final = failures.find(
      ({ failure }) =>
        !failure.heldBack && reasonToGiveUp({ retry: node.plan.retry, failure, attempt: tries, ageMs }) !== undefined,
    );
    if (final === undefined) throw withTries(mostTelling(failures), tries);
    await keep(
      turnRound({
        steps,
        state,
        failed: { step: final.step.port, code: final.failure.work.code, message: final.failure.work.message },
        inDoubt: new Set(failures.filter(({ failure }) => isInDoubt(failure)).map(({ step }) => step.port)),
        attempt,
      }),
    );
  }

  while (state.phase === 'undo' && state.toUndo[0] !== undefined) {
    const [port] = state.toUndo;
    try {
      const { done } = await call(port, {
        input: message.payload,
        results: state.results,
        failed: state.failed ?? null,
      });
      await keep(undone(state, attempt), done.operations);
      for (const after of done.afterCommit) after();
    } catch (error) {
      if (!(error instanceof UnitFailure)) throw error;
      throw withTries(error, attempt - state.stageSince + 1);
    }
  }

  unit.operations.push({ op: 'drop-cursor', source: keptAt });
  return { outputs: [outcome(prepared, state, message)] };
}

/** Where a run is kept: the cursor of a source of its own. */
function runId(place: string, messageId: string): string {
  return `${place}/run/${messageId}`;
}

function outcome(prepared: PreparedCoordinator, state: RunState, message: Message): WorkResult['outputs'][number] {
  const payload = { input: message.payload, results: state.results };
  return state.phase === 'undo'
    ? { port: prepared.undonePort, payload: { ...payload, failed: state.failed ?? null } }
    : { port: prepared.donePort, payload };
}

/** Calls the steps of a stage at the same time, waits for all, and answers those that failed. */
async function failuresOf(
  stage: readonly CoordinatedStep[],
  take: (step: CoordinatedStep) => Promise<void>,
): Promise<readonly { readonly step: CoordinatedStep; readonly failure: UnitFailure }[]> {
  const outcomes = await Promise.allSettled(stage.map(take));
  return outcomes.flatMap((outcome, index) => {
    if (outcome.status === 'fulfilled') return [];
    const step = stage[index];
    if (step === undefined || !(outcome.reason instanceof UnitFailure)) throw outcome.reason;
    return [{ step, failure: outcome.reason }];
  });
}

/** A failure that counts an attempt goes before one that was held back, or a run could be given back for ever. */
function mostTelling(failures: readonly { readonly failure: UnitFailure }[]): UnitFailure {
  const [first] = failures;
  if (first === undefined) throw new Error('Nothing failed');
  return (failures.find(({ failure }) => !failure.heldBack) ?? first).failure;
}

/** Nobody answered, so the effect may be there. */
function isInDoubt(failure: UnitFailure): boolean {
  return !failure.heldBack && (failure.work.targetFailed || failure.work.code === 'deadline-exceeded');
}

/** The tries that count are those of the step, not those of the message. */
function withTries(failure: UnitFailure, tries: number): UnitFailure {
  return new UnitFailure(failure.node, failure.work, failure.heldBack, { tries, putOffMs: failure.putOffMs });
}

function notKept(node: RunningNode, result: { readonly reason: string; readonly at?: string }): UnitFailure {
  const text = result.reason === 'full' ? `${result.at ?? 'a wire'} has no room` : 'its message is no longer in hand';
  return new UnitFailure(
    node,
    new WorkError(`${node.plan.title} could not keep how far it is: ${text}`, { code: result.reason, retryable: true }),
    true,
  );
}
