import type { StoredMessage } from '../message.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import type { Output } from '../ports/node-behaviour.ts';
import { outputId } from '../delivery/output-id.ts';
import type { RunningGraph, RunningNode } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';
import type { Reach } from '../running/reach.ts';
import { openUnit } from '../running/open-unit.ts';
import { sendOut } from '../running/hand-on.ts';
import type { Unit } from '../running/unit.ts';

/** What a source in operation needs. */
export interface SourceParts {
  /** That of the version that counts now: read it each time, another may have taken over. */
  readonly graph: RunningGraph;
  readonly parts: RunningParts;
  readonly node: RunningNode;
  readonly reach: Reach;
  readonly signal: CancelSignal;
}

/** A unit of work that begins at a source. */
export function openSourceUnit(
  source: SourceParts,
  signal: CancelSignal,
  about: Partial<Pick<Unit, 'repeated' | 'givesUp'>> = {},
): Unit {
  return openUnit({
    graph: source.graph,
    parts: source.parts,
    signal,
    repeated: about.repeated ?? false,
    givesUp: about.givesUp,
    deadlineAt: source.parts.clock.monotonicMs() + source.reach.longestMs,
  });
}

/** A message that enters a pipeline. `base` makes its id; the same base, port and index give the same id. */
export function enter(request: {
  readonly source: SourceParts;
  readonly output: Output;
  readonly base: string;
  readonly index: number;
  readonly traceparent?: string | undefined;
}): { readonly port: string; readonly message: StoredMessage } {
  const { output, source } = request;
  const port = output.port ?? source.node.plan.firstPort ?? 'out';
  const now = source.parts.clock.now();
  const { digests } = source.parts.connectors;
  const id = outputId(request.base, `${source.node.plan.id}.${port}`, output.identity ?? request.index, digests);
  return {
    port,
    message: {
      id,
      key: output.key ?? '',
      payload: output.payload,
      headers: output.headers ?? {},
      correlationId: id,
      ...(request.traceparent === undefined ? {} : { traceparent: request.traceparent }),
      eventTime: output.eventTime ?? now,
      enqueuedAt: now,
    },
  };
}

/** Sends a message that enters over all wires of its port. There is something to wait for only where one is a call. */
export function sendIn(
  unit: Unit,
  source: SourceParts,
  entry: { readonly port: string; readonly message: StoredMessage },
): Promise<void> | undefined {
  const calling = sendOut({ unit, node: source.node, port: entry.port, message: entry.message });
  unit.afterCommit.push(() => source.node.meters.out.add(1));
  return calling;
}
