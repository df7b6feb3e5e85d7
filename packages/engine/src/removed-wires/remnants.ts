import type { RemovedWireFate } from '../engine-interface.ts';
import type { Subscription } from '../running/declare-logs.ts';
import { endsOf } from '../running/ends-of.ts';
import type { RunningGraph } from '../running/graph.ts';
import { createInlet, type Inlet, type InletSurroundings } from '../running/inlet.ts';
import type { RunningParts } from '../running/parts.ts';
import { emptyRemovedWire } from './empty-removed-wire.ts';
import { hasReadToEnd, markEnd, withinEnd } from './log-end.ts';
import { endMarkOf, messagesAt, type WireSource } from './wire-source.ts';

/**
 * What an earlier version has left on a wire that the present one does not have, and what becomes of it.
 *
 * | fate        | done by                                        | over when                                           |
 * | ----------- | ---------------------------------------------- | --------------------------------------------------- |
 * | drain       | the earlier version's inlet, on its own graph  | empty, and nobody is left who might still fill it   |
 * | move        | the engine, in order                           | all of it stands on the other wire                  |
 * | dead-letter | the engine                                     | all of it is recorded                               |
 * | keep        | nobody: see `problem`                          | another version decides                             |
 */
export interface Remnant {
  /** Or the node that subscribed. */
  readonly wireId: string;
  readonly sources: readonly WireSource[];
  readonly fate: RemovedWireFate | { readonly do: 'keep' };
  /** The node that read it. */
  readonly consumer: string;
  /** The version that had it; `undefined`: nobody knows. */
  readonly version: number | undefined;
  /** What of that version drains it. */
  readonly part: RemnantPart | undefined;
  /** Why nothing becomes of it now, with the way out. */
  readonly problem: string | undefined;
  /** When the version took over that does not have it; ms since 1970. */
  readonly since: number;
  /** Its log goes on for others, and a mark says where its share ends. */
  readonly hasEndMark: boolean;
}

export interface RemnantPart {
  readonly graph: RunningGraph;
  /** Present where a node had subscribed to a topic. */
  readonly subscription: Subscription | undefined;
}

/** The remnants of one pipeline. They are worked on while it runs, beside the present version. */
export interface Remnants {
  list(): readonly Remnant[];
  /** Carries out nothing more but drains, until `settle` is called with work in hand being over. */
  rest(): Promise<void>;
  /**
   * Takes the place of the list. `inlets`: those of drained wires that are at work and go on. Answers inlets that no
   * longer have anything to do, to be stopped. Rest first.
   */
  replace(remnants: readonly Remnant[], inlets: ReadonlyMap<string, Inlet>): readonly Inlet[];
  /** Work in hand of the version before is over: nobody but drains fills them from now on. */
  release(): void;
  start(): void;
  stop(deadlineMs: number): Promise<void>;
  /** Carries out what can be carried out now. */
  settle(): Promise<void>;
}

export function createRemnants(request: {
  readonly parts: RunningParts;
  readonly surroundings: InletSurroundings;
  /** Of the present version. */
  readonly graph: () => RunningGraph;
  /** They are over: to be forgotten for good. */
  readonly onSettled: (wireIds: readonly string[]) => Promise<void>;
  /** The pipeline is taken out of operation. */
  readonly isOver: () => boolean;
}): Remnants {
  const { parts } = request;
  const { store } = parts;
  const remnants = new Map<string, Remnant>();
  const inlets = new Map<string, Inlet>();
  const leaving = new Set<Inlet>();
  const marked = new Set<string>();
  const problems = new Map<string, string>();
  let isAtWork = false;
  let isReleased = false;
  /** Settling happens one after the other. */
  let line: Promise<void> = Promise.resolve();

  const startDrain = ({ wireId, fate, part }: Remnant): void => {
    if (fate.do !== 'drain' || part === undefined || inlets.has(wireId)) return;
    const inlet = createInlet(wireId, part.graph, {
      ...request.surroundings,
      subscriptions: new Map(part.subscription === undefined ? [] : [[wireId, part.subscription]]),
      owed: (leases) => (marked.has(wireId) ? withinEnd(parts, leases) : Promise.resolve(leases)),
    });
    inlets.set(wireId, inlet);
    inlet.start();
  };

  const stopInlet = async (inlet: Inlet, deadlineMs: number): Promise<void> => {
    leaving.add(inlet);
    await inlet.stop(deadlineMs);
    leaving.delete(inlet);
  };

  /** Drains that may still put something at one of the sources. */
  const writersOf = (remnant: Remnant): readonly Remnant[] =>
    [...remnants.values()].filter((other) => {
      if (other === remnant || other.fate.do !== 'drain' || other.part === undefined) return false;
      const ends = endsOf(other.part.graph, other.consumer);
      return remnant.sources.some((source) => ends.has('log' in source ? source.log : source.queue));
    });

  /** Logs that go on without the wire get a mark where its share ends. */
  const markEnds = async (remnant: Remnant): Promise<void> => {
    if (marked.has(remnant.wireId) || writersOf(remnant).length > 0) return;
    const graph = request.graph();
    for (const source of remnant.sources) {
      if (!('log' in source) || (!graph.logs.has(source.log) && !source.log.startsWith('topic/'))) continue;
      await markEnd(store, source);
      marked.add(remnant.wireId);
    }
  };

  const isEmpty = async (remnant: Remnant): Promise<boolean> => {
    for (const source of remnant.sources) {
      const done =
        'log' in source && marked.has(remnant.wireId)
          ? await hasReadToEnd(store, source)
          : (await messagesAt([source], store)) === 0;
      if (!done) return false;
    }
    return true;
  };

  const forget = async (over: readonly Remnant[]): Promise<void> => {
    for (const { wireId, sources } of over) {
      for (const source of sources) {
        if (!('group' in source)) continue;
        await store.dropGroup(source.log, source.group);
        if (marked.has(wireId)) await store.dropGroup(source.log, endMarkOf(source.group));
        // A log that nobody writes and nobody reads any more is not kept for a replay.
        else if (!request.graph().logs.has(source.log)) await store.trim({ log: source.log, ageMs: 0, bytes: 0 });
      }
      remnants.delete(wireId);
      inlets.delete(wireId);
      marked.delete(wireId);
      problems.delete(wireId);
    }
    if (over.length > 0) await request.onSettled(over.map(({ wireId }) => wireId));
  };

  /** Drains that are over, with everything that might still fill them. What one hands on to another is looked at twice. */
  const settleDrains = async (): Promise<boolean> => {
    const empty = new Set<Remnant>();
    for (const remnant of remnants.values())
      if (remnant.fate.do === 'drain' && (await isEmpty(remnant))) empty.add(remnant);
    for (let before = -1; before !== empty.size;) {
      before = empty.size;
      for (const remnant of empty) if (writersOf(remnant).some((writer) => !empty.has(writer))) empty.delete(remnant);
    }
    if (empty.size === 0) return false;
    const candidates = [...empty];
    const stopping = candidates.flatMap(({ wireId }) => inlets.get(wireId) ?? []);
    for (const { wireId } of candidates) inlets.delete(wireId);
    await Promise.all(stopping.map((inlet) => stopInlet(inlet, DRAINED_STOP_MS)));
    const over: Remnant[] = [];
    for (const remnant of candidates) if (await isEmpty(remnant)) over.push(remnant);
    if (over.length < candidates.length) {
      // Something came while it was looked at: all of them go on.
      if (isAtWork) for (const remnant of candidates) startDrain(remnant);
      return false;
    }
    await forget(over);
    for (const { wireId } of over)
      parts.notice({
        pipelineId: request.graph().plan.pipelineId,
        kind: 'wire-drained',
        elementId: wireId,
        text: `Wire ${wireId}, which an earlier version had, is worked off`,
      });
    return true;
  };

  const settleOther = async (remnant: Remnant): Promise<boolean> => {
    const { fate } = remnant;
    if (fate.do === 'drain' || fate.do === 'keep' || writersOf(remnant).length > 0) return false;
    const ended = await emptyRemovedWire({
      wireId: remnant.wireId,
      sources: remnant.sources,
      consumer: remnant.consumer,
      moveTo: fate.do === 'move' ? fate.to : undefined,
      graph: request.graph(),
      parts,
      hasEndMark: marked.has(remnant.wireId),
      isOver: () => !isReleased || request.isOver(),
    });
    if (ended === 'no-room') problems.set(remnant.wireId, 'the dead letters are full: redrive or discard some');
    if (ended !== 'empty') return false;
    await forget([remnant]);
    return true;
  };

  const settleAll = async (): Promise<void> => {
    for (let progressed = isReleased; progressed && isReleased && !request.isOver();) {
      progressed = false;
      for (const remnant of remnants.values()) await markEnds(remnant);
      for (const remnant of remnants.values()) progressed = (await settleOther(remnant)) || progressed;
      progressed = (await settleDrains()) || progressed;
    }
  };

  return {
    list: () =>
      [...remnants.values()].map((each) => ({
        ...each,
        problem: each.problem ?? problems.get(each.wireId),
        hasEndMark: marked.has(each.wireId),
      })),
    async rest() {
      isReleased = false;
      await line;
    },
    replace(next, handedOver) {
      remnants.clear();
      problems.clear();
      for (const remnant of next) remnants.set(remnant.wireId, remnant);
      for (const [wireId, inlet] of handedOver) inlets.set(wireId, inlet);
      const idle: Inlet[] = [];
      for (const [wireId, inlet] of inlets) {
        if (remnants.get(wireId)?.fate.do === 'drain') continue;
        idle.push(inlet);
        inlets.delete(wireId);
      }
      for (const wireId of marked) if (!remnants.has(wireId)) marked.delete(wireId);
      if (isAtWork) for (const remnant of remnants.values()) startDrain(remnant);
      return idle;
    },
    release() {
      isReleased = true;
    },
    start() {
      isAtWork = true;
      for (const remnant of remnants.values()) startDrain(remnant);
    },
    async stop(deadlineMs) {
      isAtWork = false;
      const stopping = [...leaving, ...inlets.values()];
      inlets.clear();
      await Promise.all(stopping.map((inlet) => stopInlet(inlet, deadlineMs)));
    },
    settle() {
      const settled = line.then(settleAll);
      line = settled.catch(() => {});
      return settled;
    },
  };
}

/** What is empty has nothing in hand, so this is for a lease call that is under way. */
const DRAINED_STOP_MS = 30_000;
