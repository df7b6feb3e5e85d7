import type { RestartPlan } from '@sluice/pipeline';
import { entryOfPlace } from '../operations/redrive-queue.ts';
import type { RunningGraph } from './graph.ts';
import { createInlet, inletsOf, type Inlet, type InletSurroundings } from './inlet.ts';

/** An inlet in its place: at work, or built and waiting for it. */
interface Place {
  inlet: Inlet;
  isAtWork: boolean;
  /** It has been at work, so another must be built before work goes on. */
  isSpent: boolean;
  /** Resolves when it may take work; absent: it may. */
  opened: Promise<void> | undefined;
}

/** A webhook's inlet. */
interface Door {
  readonly inlet: Inlet;
  readonly opened: Promise<void> | undefined;
}

/** All inlets of a pipeline: those of the present version, and those of earlier ones that finish what they have in hand. */
export interface InletSet {
  doors(): readonly Door[];
  /** Those that are chosen and not at work yet. */
  start(isChosen?: (inlet: Inlet) => boolean): void;
  /** As `Inlet.stop`, for all that are chosen. Without a choice, those that are being stopped already as well. */
  stop(deadlineMs: number, isChosen?: (inlet: Inlet) => boolean): Promise<void>;
  /**
   * Puts the inlets of another version in place. What that version leaves alone goes on there; answers those that were
   * at work and do not.
   */
  replace(graph: RunningGraph, restart: RestartPlan | undefined): readonly Inlet[];
  /**
   * Starts the inlets of the present version that are not at work, each as soon as those in `ending` are over that work
   * for the same node or read the same source, and `waits` is over. Webhooks take requests without waiting for `ending`.
   */
  handOver(request: {
    readonly ending: readonly Inlet[];
    readonly deadlineMs: number;
    readonly isWanted: (inlet: Inlet) => boolean;
    readonly waits: (inlet: Inlet) => Promise<void> | undefined;
  }): { readonly ended: Promise<void>; readonly started: Promise<void> };
}

export function createInletSet(surroundings: InletSurroundings): InletSet {
  const places = new Map<string, Place>();
  const leaving = new Set<Inlet>();
  let graph: RunningGraph | undefined;

  const build = (sourceId: string, of: RunningGraph): Place => ({
    inlet: createInlet(sourceId, of, surroundings),
    isAtWork: false,
    isSpent: false,
    opened: undefined,
  });

  const startPlace = (place: Place): void => {
    if (place.isAtWork || graph === undefined) return;
    if (place.isSpent) place.inlet = createInlet(place.inlet.sourceId, graph, surroundings);
    place.isAtWork = true;
    place.isSpent = true;
    place.inlet.start();
  };

  const stopInlet = async (inlet: Inlet, deadlineMs: number): Promise<void> => {
    leaving.add(inlet);
    await inlet.stop(deadlineMs);
    leaving.delete(inlet);
  };

  return {
    doors: () => [...places.values()].filter(({ inlet }) => inlet.route !== undefined),
    start(isChosen = () => true) {
      for (const place of places.values()) if (isChosen(place.inlet)) startPlace(place);
    },
    async stop(deadlineMs, isChosen) {
      const stopping = isChosen === undefined ? [...leaving] : [];
      for (const place of places.values()) {
        if (!place.isAtWork || isChosen?.(place.inlet) === false) continue;
        place.isAtWork = false;
        stopping.push(place.inlet);
      }
      await Promise.all(stopping.map((inlet) => stopInlet(inlet, deadlineMs)));
    },
    replace(next, restart) {
      const before = new Map(places);
      places.clear();
      graph = next;
      for (const sourceId of inletsOf(next)) {
        const place = before.get(sourceId);
        if (place?.isAtWork === true && goesOn(place.inlet, next, restart)) {
          place.inlet.adopt(next);
          places.set(sourceId, place);
          before.delete(sourceId);
        } else {
          places.set(sourceId, build(sourceId, next));
        }
      }
      return [...before.values()].flatMap(({ inlet, isAtWork }) => (isAtWork ? [inlet] : []));
    },
    handOver({ ending, deadlineMs, isWanted, waits }) {
      const over = new Map(
        ending.map((inlet) => {
          inlet.supersede();
          return [inlet, stopInlet(inlet, deadlineMs)];
        }),
      );
      const starts: Promise<void>[] = [];
      for (const place of places.values()) {
        const { inlet } = place;
        if (place.isAtWork || !isWanted(inlet)) continue;
        const wait = waits(inlet);
        if (inlet.route !== undefined) place.opened = wait;
        const before = inlet.route === undefined ? ending.filter((old) => isSucceededBy(old, inlet)) : [];
        starts.push(
          Promise.all([wait, ...before.map((old) => over.get(old))]).then(() => {
            place.opened = undefined;
            // It may have been paused, stopped or replaced meanwhile.
            if (places.get(inlet.sourceId) === place && isWanted(inlet)) startPlace(place);
          }),
        );
      }
      return {
        ended: Promise.all(over.values()).then(() => {}),
        started: Promise.all(starts).then(() => {}),
      };
    },
  };
}

function isSucceededBy(old: Inlet, inlet: Inlet): boolean {
  return old.sourceId === inlet.sourceId || old.node.plan.id === inlet.node.plan.id;
}

/** The next version leaves its node alone, and its wire is read as before. */
function goesOn(inlet: Inlet, next: RunningGraph, restart: RestartPlan | undefined): boolean {
  const { sourceId, node } = inlet;
  if (restart === undefined || restart.touched.has(node.plan.id)) return false;
  if (next.nodes.get(node.plan.id) !== node) return false;
  if (next.wires.has(sourceId)) return restart.readAlike.has(sourceId);
  return sourceId === node.plan.id || entryOfPlace(sourceId)?.nodeId === node.plan.id;
}
