import {
  type Clock,
  type TraceBounds,
  type TraceFound,
  type TraceHop,
  TRACE_HOPS_MAX,
  type TraceStore,
} from '@sluice/engine';
import { hopBytes } from './message-bytes.ts';

interface Kept {
  readonly hop: TraceHop;
  readonly bytes: number;
}

/** Traces in memory, for the simulator, for tests, and where nothing shall be written. Pure, as the message store is. */
export function createMemoryTraceStore(options: { readonly bounds: TraceBounds; readonly clock: Clock }): TraceStore {
  const { bounds, clock } = options;
  /** In the order in which they were recorded. */
  let kept: Kept[] = [];
  /** What lies before it has gone; it is cut off when it is half of all. */
  let first = 0;
  let bytes = 0;

  const dropFirst = (): void => {
    bytes -= kept[first]?.bytes ?? 0;
    first += 1;
    if (first < 1_000 || first < kept.length / 2) return;
    kept = kept.slice(first);
    first = 0;
  };

  const trim = (): void => {
    const horizon = clock.now() - bounds.ageMs;
    for (let oldest = kept[first]; oldest !== undefined; oldest = kept[first]) {
      if (kept.length - first <= bounds.hops && bytes <= bounds.bytes && oldest.hop.at >= horizon) return;
      dropFirst();
    }
  };

  /** What is not too old, the newest first. */
  function* newestFirst(): Generator<TraceHop> {
    const horizon = clock.now() - bounds.ageMs;
    for (let at = kept.length - 1; at >= first; at -= 1) {
      const hop = kept[at]?.hop;
      if (hop !== undefined && hop.at >= horizon) yield hop;
    }
  }

  const search = (
    pipelineId: string,
    { limit, isMeant }: { readonly limit: number; readonly isMeant: (hop: TraceHop) => boolean },
  ): readonly TraceFound[] => {
    const last = new Map<string, TraceHop>();
    const found = new Map<string, TraceFound>();
    for (const hop of newestFirst()) {
      if (found.size >= limit) break;
      if (hop.pipelineId !== pipelineId) continue;
      const { correlationId } = hop;
      const lastOfIt = last.get(correlationId) ?? hop;
      last.set(correlationId, lastOfIt);
      if (isMeant(hop) && !found.has(correlationId)) found.set(correlationId, { correlationId, last: lastOfIt });
    }
    return [...found.values()];
  };

  return {
    async record(hops) {
      for (const hop of hops) {
        const size = hopBytes(hop);
        kept.push({ hop, bytes: size });
        bytes += size;
      }
      trim();
    },
    async trace(correlationId) {
      const hops: TraceHop[] = [];
      for (const hop of newestFirst()) {
        if (hop.correlationId !== correlationId) continue;
        hops.push(hop);
        if (hops.length === TRACE_HOPS_MAX) break;
      }
      return hops.toReversed().sort((a, b) => a.at - b.at);
    },
    async find({ pipelineId, key, limit }) {
      return search(pipelineId, {
        limit,
        isMeant: (hop) => hop.messageId === key || hop.correlationId === key || hop.keys?.includes(key) === true,
      });
    },
    async newest({ pipelineId, limit, kinds }) {
      return search(pipelineId, { limit, isMeant: (hop) => kinds === undefined || kinds.includes(hop.kind) });
    },
    async usage() {
      trim();
      return { hops: kept.length - first, bytes };
    },
    async forgetPipeline(pipelineId) {
      kept = kept.slice(first).filter(({ hop }) => hop.pipelineId !== pipelineId);
      first = 0;
      bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
    },
  };
}
