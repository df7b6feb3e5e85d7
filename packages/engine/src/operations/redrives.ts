import type { DeadLetter, QueueId } from '../ports/message-store.ts';
import type { RunningGraph } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';
import type { RunningPipeline } from '../running/running-pipeline.ts';
import { collectLetters } from './collect-letters.ts';
import { createGrouping } from './group-letters.ts';
import {
  REDRIVE_MAX,
  type Operations,
  type RedriveForecast,
  type RedriveJob,
  type RedriveRequest,
  type RedriveResult,
} from './operations-interface.ts';
import { placeLetter, placeName } from './placement.ts';
import { createRedriveJob, type RunningRedrive } from './redrive-job.ts';
import type { RedriveWitness } from './redrive-letter.ts';

/** Redrives of a pipeline that are remembered, the one at work included. */
const REMEMBERED_MAX = 20;

export interface Redrives extends Pick<Operations, 'forecastRedrive' | 'startRedrive' | 'redrives' | 'cancelRedrive'> {
  settled(pipelineId: string, queue: QueueId, messageId: string, outcome: 'worked' | 'dead'): void;
  loseSight(pipelineId: string, queue: QueueId): void;
  /** Ends them all: the engine closes, or has failed. */
  close(): void;
}

/** Keeps the redrives of all pipelines, one at a time of each. */
export function createRedrives(request: {
  readonly parts: RunningParts;
  readonly find: (pipelineId: string) => RunningPipeline | undefined;
  readonly redrive: (
    letter: { readonly pipelineId: string; readonly letterId: string; readonly toWire: string | undefined },
    witness: RedriveWitness,
  ) => Promise<RedriveResult>;
}): Redrives {
  const { parts, find } = request;
  const { store, clock } = parts;
  const atWork = new Map<string, RunningRedrive>();
  const remembered = new Map<string, RunningRedrive[]>();
  /** Pipelines whose letters are being looked up, by the id of the redrive that will be. */
  const beginning = new Map<string, string>();

  const remember = (pipelineId: string, redrive: RunningRedrive): void => {
    const known = remembered.get(pipelineId) ?? [];
    remembered.set(pipelineId, [redrive, ...known].slice(0, REMEMBERED_MAX));
  };

  const begin = async (id: string, wish: RedriveRequest): Promise<RedriveJob> => {
    const { pipelineId } = wish.filter;
    const letterIds: string[] = [];
    await collectLetters({
      store,
      filter: { ...wish.filter, until: Math.min(wish.filter.until ?? Number.POSITIVE_INFINITY, clock.now() + 1) },
      max: REDRIVE_MAX,
      show: (letter) => letterIds.push(letter.id),
    });
    const redrive = createRedriveJob({
      id,
      wish,
      letterIds,
      clock,
      store,
      isDeployed: () => find(pipelineId) !== undefined,
      redrive: (letterId, witness) => request.redrive({ pipelineId, letterId, toWire: wish.toWire }, witness),
      onFailure: (error) => parts.fail(error),
    });
    atWork.set(pipelineId, redrive);
    remember(pipelineId, redrive);
    tell(pipelineId, 'redrive-started', `Redrive of ${letterIds.length} dead letters began`);
    void redrive.run().then(() => {
      if (atWork.get(pipelineId) === redrive) atWork.delete(pipelineId);
      tell(pipelineId, 'redrive-ended', describeEnd(redrive.job()));
    });
    return redrive.job();
  };

  const tell = (pipelineId: string, kind: 'redrive-started' | 'redrive-ended', text: string): void =>
    parts.notice({ pipelineId, kind, elementId: null, text });

  return {
    async forecastRedrive({ filter, toWire }) {
      const running = find(filter.pipelineId);
      return running === undefined ? undefined : forecast(parts, running.graph, { filter, toWire });
    },

    async startRedrive(wish) {
      const { pipelineId } = wish.filter;
      const running = find(pipelineId);
      if (running === undefined) return { ok: false, reason: 'not-deployed' };
      if (wish.toWire !== undefined && !running.graph.wires.has(wish.toWire))
        return { ok: false, reason: 'wire-gone', wireId: wish.toWire };
      const jobId = atWork.get(pipelineId)?.job().id ?? beginning.get(pipelineId);
      if (jobId !== undefined) return { ok: false, reason: 'under-way', jobId };
      const id = parts.ids.next();
      beginning.set(pipelineId, id);
      try {
        return { ok: true, job: await begin(id, wish) };
      } finally {
        beginning.delete(pipelineId);
      }
    },

    redrives: (pipelineId) => (remembered.get(pipelineId) ?? []).map((redrive) => redrive.job()),

    cancelRedrive({ pipelineId, jobId }) {
      const redrive = atWork.get(pipelineId);
      if (redrive === undefined || redrive.job().id !== jobId || redrive.job().endedAt !== undefined) return false;
      redrive.end('cancelled', 'Cancelled by hand');
      return true;
    },

    settled: (pipelineId, queue, messageId, outcome) => atWork.get(pipelineId)?.settled(queue, messageId, outcome),
    loseSight: (pipelineId, queue) => atWork.get(pipelineId)?.loseSight(queue),
    close() {
      for (const redrive of atWork.values()) redrive.end('interrupted', 'The engine stopped');
    },
  };
}

async function forecast(
  parts: RunningParts,
  graph: RunningGraph,
  { filter, toWire }: Pick<RedriveRequest, 'filter'> & { readonly toWire: string | undefined },
): Promise<RedriveForecast> {
  const grouping = createGrouping();
  const refused = new Map<string | undefined, number>();
  let messages = 0;
  const show = (letter: DeadLetter): void => {
    grouping.add(letter);
    if (placeLetter(graph, letter, toWire) !== undefined) messages += 1;
    else refused.set(placeName(letter), (refused.get(placeName(letter)) ?? 0) + 1);
  };
  const { hasMore } = await collectLetters({ store: parts.store, filter, max: REDRIVE_MAX, show });
  return {
    messages,
    groups: grouping.groups(),
    refused: [...refused].map(([wireId, count]) => ({ wireId, messages: count })),
    hasMore,
  };
}

function describeEnd({ state, detail, redriven, letters, left, failedAgain }: RedriveJob): string {
  const sums = `${redriven} of ${letters} redriven, ${failedAgain} died again, ${left} not taken up`;
  return state === 'done' ? `Redrive is over: ${sums}` : `Redrive ended early: ${detail ?? state}. ${sums}`;
}
