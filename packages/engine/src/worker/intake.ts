import { DEFAULTS } from '@sluice/pipeline';
import type { CancelSignal } from '../ports/connectors.ts';
import type { DeadLetter, Lease } from '../ports/message-store.ts';
import type { SpillOver } from '../running/call-spilled.ts';
import type { RunningGraph, RunningNode, RunningWire } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';
import type { Reach } from '../running/reach.ts';

/** Where a feed takes its messages and on whose behalf. */
export interface Intake {
  /** That of the version that counts now: read it each time, another may have taken over. */
  readonly graph: RunningGraph;
  readonly parts: RunningParts;
  readonly node: RunningNode;
  readonly reach: Reach;
  /** The wire, the subscribing node itself, or the port of a source as `node.port`. */
  readonly sourceId: string;
  /** Absent where a subscriber reads a topic, and at a source. */
  readonly wire: RunningWire | undefined;
  /** Present where messages enter again at a port of their source: they leave the node by it and are not worked on there. */
  readonly entry?: DeadLetter['entry'];
  /** Present where a push wire has spilled them: they are called over its gate. */
  readonly over?: SpillOver;
  readonly onPoison: 'park' | 'block';
  readonly expireAfterMs: number | undefined;
  readonly signal: CancelSignal;
  /** A worker of the node is free again: its other feeds may want it. */
  readonly onFree: () => void;
  /** Present where a removed wire is drained: what of a run is still owed to it. The rest has been given back. */
  readonly owed?: ((leases: readonly Lease[]) => Promise<readonly Lease[]>) | undefined;
}

/** Where a message stood, as far as its end there has to say. */
export type Origin = Omit<Intake, 'reach' | 'signal' | 'onFree'>;

/** How long a message stays with a worker that is not heard of; ms. */
export function visibilityOf({ wire }: Intake): number {
  return wire !== undefined && 'visibilityMs' in wire.plan ? wire.plan.visibilityMs : DEFAULTS.visibilityMs;
}
