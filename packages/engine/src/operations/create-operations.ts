import { DEFAULTS } from '@sluice/pipeline';
import type { Lease } from '../ports/message-store.ts';
import { storedWires } from '../removed-wires/find-removed-wires.ts';
import type { WireSource } from '../removed-wires/wire-source.ts';
import { queueOf } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';
import type { RunningPipeline } from '../running/running-pipeline.ts';
import { createTurns, type Turns } from '../turns.ts';
import { createDiscarding } from './discard-letters.ts';
import { editLetter } from './edit-letter.ts';
import { groupLetters } from './group-letters.ts';
import type { Operations, RedriveResult } from './operations-interface.ts';
import { redriveLetter, type RedriveWitness } from './redrive-letter.ts';
import { createRedrives } from './redrives.ts';
import { replayWire } from './replay-wire.ts';

export interface RunningOperations {
  readonly operations: Operations;
  /** A message has left its queue or partition for good. */
  settled(pipelineId: string, lease: Lease, outcome: 'worked' | 'dead'): void;
  /** Discards dead letters that died before a time (ms since 1970), at most `DISCARD_MAX`; answers how many. */
  discardOld(pipelineId: string, until: number): Promise<number>;
  close(): void;
}

/** What people do by hand. `lifeTurns`: what needs the wires of a version happens while no other version takes its place. */
export function createOperations(request: {
  readonly parts: RunningParts;
  readonly find: (pipelineId: string) => RunningPipeline | undefined;
  readonly lifeTurns: Turns;
}): RunningOperations {
  const { parts, find, lifeTurns } = request;
  const { store } = parts;
  const discarding = createDiscarding(parts, createTurns());

  const redrive = (
    letter: { readonly pipelineId: string; readonly letterId: string; readonly toWire: string | undefined },
    witness?: RedriveWitness,
  ): Promise<RedriveResult> =>
    lifeTurns.take(letter.pipelineId, async () => {
      const running = find(letter.pipelineId);
      if (running === undefined) return { ok: false, reason: 'not-deployed' };
      const { letterId, toWire } = letter;
      return redriveLetter({
        graph: running.graph,
        parts,
        letterId,
        toWire,
        ...(witness === undefined ? {} : { witness }),
      });
    });
  const redrives = createRedrives({ parts, find, redrive });

  /** Of a wire that the running version has, else of what the store holds under its id. */
  const sourceOf = async (pipelineId: string, wireId: string): Promise<WireSource | undefined> => {
    const wire = find(pipelineId)?.graph.wires.get(wireId);
    const kept = queueOf(wire);
    if (kept !== undefined) return { queue: kept.plan.queue };
    const plan = wire?.plan;
    if (plan?.delivery === 'event') return { log: plan.log, group: plan.group };
    return (await storedWires(pipelineId, store)).get(wireId)?.[0];
  };

  const operations: Operations = {
    async peek({ pipelineId, wireId, limit, after }) {
      const source = await sourceOf(pipelineId, wireId);
      if (source === undefined) return find(pipelineId) === undefined ? [] : undefined;
      return store.peek({ source, limit, ...(after === undefined ? {} : { after }) });
    },
    async purge({ pipelineId, wireId }) {
      const source = await sourceOf(pipelineId, wireId);
      if (source === undefined) return find(pipelineId) === undefined ? 0 : undefined;
      if (!('queue' in source)) return undefined;
      const { queue } = source;
      const purged = await discarding.purge(pipelineId, queue);
      redrives.loseSight(pipelineId, queue);
      queueOf(find(pipelineId)?.graph.wires.get(wireId))?.room.add(-purged);
      parts.notice({
        pipelineId,
        kind: 'purged',
        elementId: wireId,
        text: `${purged} messages were purged from ${wireId}`,
      });
      return purged;
    },

    deadLetters: (filter) => store.deadLetters(filter),
    deadLetter: ({ pipelineId, letterId }) => store.deadLetter(pipelineId, letterId),
    deadLetterGroups: (filter) => groupLetters(store, filter),
    editDeadLetter(edit) {
      const limits = find(edit.pipelineId)?.graph.plan.limits ?? DEFAULTS.limits;
      return editLetter(edit, parts, limits.deadLetterBytes);
    },
    discardDeadLetter: ({ pipelineId, letterId }) => discarding.letter(pipelineId, letterId),
    async discardDeadLetters(filter) {
      const result = await discarding.letters(filter);
      const { pipelineId } = filter;
      parts.notice({
        pipelineId,
        kind: 'discarded',
        elementId: filter.nodeId ?? null,
        text: `${result.discarded} dead letters were discarded`,
      });
      return result;
    },
    discarded: (pipelineId) => discarding.counts(pipelineId),

    redriveDeadLetter: ({ pipelineId, letterId, toWire }) => redrive({ pipelineId, letterId, toWire }),
    forecastRedrive: (wish) => redrives.forecastRedrive(wish),
    startRedrive: (wish) => redrives.startRedrive(wish),
    redrives: (pipelineId) => redrives.redrives(pipelineId),
    cancelRedrive: (job) => redrives.cancelRedrive(job),

    replay: (wish) =>
      lifeTurns.take(wish.pipelineId, async () => {
        const running = find(wish.pipelineId);
        return running === undefined ? { ok: false, reason: 'not-deployed' } : replayWire(running.graph, parts, wish);
      }),
  };

  return {
    operations,
    settled(pipelineId, lease, outcome) {
      if (lease.source.kind === 'queue') redrives.settled(pipelineId, lease.source.queue, lease.message.id, outcome);
    },
    async discardOld(pipelineId, until) {
      const { discarded } = await discarding.letters({ pipelineId, until }, 'byAge');
      if (discarded > 0)
        parts.notice({
          pipelineId,
          kind: 'discarded',
          elementId: null,
          text: `${discarded} dead letters were discarded: they are older than they may be`,
        });
      return discarded;
    },
    close: () => redrives.close(),
  };
}
