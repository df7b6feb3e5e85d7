import type { StoredMessage } from '../message.ts';
import { readKeyPath } from '../plan/key-path.ts';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { Clock } from '../ports/clock.ts';
import type { TraceHop } from '../ports/trace-store.ts';
import type { Tracer } from './tracer.ts';

const TEXT_MAX = 300;
const KEY_MAX = 200;

type HopDetails = Omit<TraceHop, 'correlationId' | 'messageId' | 'pipelineId' | 'version' | 'at' | 'keys'>;

/** Notes what happened to a message, where traces are kept. Call it after the commit: a trace tells what was, not what was tried. */
export function noteHop(
  place: {
    readonly graph: { readonly plan: Pick<PipelinePlan, 'pipelineId' | 'version' | 'trace'> };
    readonly parts: { readonly clock: Clock; readonly tracer: Tracer | undefined };
  },
  message: StoredMessage,
  hop: HopDetails,
): void {
  const { tracer, clock } = place.parts;
  if (tracer === undefined) return;
  const { pipelineId, version, trace } = place.graph.plan;
  // Every step of every message comes by here: one object is built, and what few of them have is added to it.
  const noted: { -readonly [Field in keyof TraceHop]: TraceHop[Field] } = {
    ...hop,
    correlationId: message.correlationId,
    messageId: message.id,
    pipelineId,
    version,
    at: clock.now(),
  };
  if (hop.text !== undefined) noted.text = hop.text.slice(0, TEXT_MAX);
  if (trace.keys.length > 0) {
    const keys = trace.keys.flatMap((path) => readKeyPath(message, path)?.slice(0, KEY_MAX) ?? []);
    if (keys.length > 0) noted.keys = keys;
  }
  tracer.hop(noted, trace.sample);
}
