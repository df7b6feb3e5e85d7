import type { TraceHop } from '@sluice/engine';
import type { TraceHopView } from '@sluice/protocol';
import type { ServerParts } from '../../use-cases/server-parts.ts';
import { json } from '../answer.ts';
import { refuse, type Refusal } from '../errors-to-http.ts';
import type { HandlersOf } from '../handlers.ts';
import { pipelineNotFound } from '../not-found.ts';

export function traceRoutes(parts: ServerParts): HandlersOf<'readTrace' | 'findMessages'> {
  return {
    async readTrace({ params }) {
      const { correlationId } = params;
      if (parts.traces === undefined) return notKept();
      const hops = await parts.traces.trace(correlationId);
      if (hops.length === 0) {
        return refuse(
          'trace-not-found',
          `Nothing is kept of ${correlationId}: it is unknown, was not sampled, or is too long ago. Traces of failures are always kept; \`trace.sample\` of the pipeline says how many others are.`,
        );
      }
      return json({ correlationId, hops: hops.map(presentHop) });
    },

    async findMessages({ params, query }) {
      const pipeline = await parts.database.pipelines.find(params.id);
      if (pipeline === undefined) return pipelineNotFound(params.id);
      if (parts.traces === undefined) return notKept();
      const { key, kind, limit } = query;
      const found =
        key === undefined
          ? await parts.traces.newest({
              pipelineId: pipeline.id,
              limit,
              ...(kind === undefined ? {} : { kinds: [kind] }),
            })
          : await parts.traces.find({ pipelineId: pipeline.id, key, limit });
      return json({ traces: found.map(({ correlationId, last }) => ({ correlationId, last: presentHop(last) })) });
    },
  };
}

function notKept(): Refusal {
  return refuse(
    'traces-unavailable',
    'The file of the traces could not be opened when the server started; its log says why.',
  );
}

function presentHop(hop: TraceHop): TraceHopView {
  return {
    messageId: hop.messageId,
    pipelineId: hop.pipelineId,
    version: hop.version,
    nodeId: hop.nodeId,
    wireId: hop.wireId ?? null,
    kind: hop.kind,
    at: hop.at,
    attempt: hop.attempt ?? null,
    waitedMs: hop.waitedMs ?? null,
    workedMs: hop.workedMs ?? null,
    code: hop.code ?? null,
    text: hop.text ?? null,
    keys: [...(hop.keys ?? [])],
  };
}
