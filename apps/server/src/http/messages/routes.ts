import { storedWires, type ReplayResult } from '@sluice/engine';
import type { WireDocument } from '@sluice/pipeline';
import type { ServerParts } from '../../use-cases/server-parts.ts';
import { json } from '../answer.ts';
import { refuse, type Refusal } from '../errors-to-http.ts';
import type { HandlersOf } from '../handlers.ts';
import { notDeployed, notInOperation, pipelineNotFound } from '../not-found.ts';
import { presentPeeked } from './present-messages.ts';

export function messageRoutes(parts: ServerParts): HandlersOf<'peekMessages' | 'purgeMessages' | 'replayWire'> {
  return {
    async peekMessages({ params, query }) {
      const found = await findWire(parts, params);
      if (!found.ok) return found.refusal;
      const { pipelineId, wire } = found;
      const { limit, afterPosition, afterPartition } = query;
      const after =
        afterPosition === undefined
          ? {}
          : {
              after: {
                position: afterPosition,
                ...(afterPartition === undefined ? {} : { partition: afterPartition }),
              },
            };
      const messages = await parts.engine.peek({ pipelineId, wireId: wire.id, limit, ...after });
      if (messages === undefined || wire.delivery === 'push') return keepsNothing(wire);
      return json({ messages: messages.map(presentPeeked) });
    },

    async purgeMessages({ params }) {
      const found = await findWire(parts, params);
      if (!found.ok) return found.refusal;
      const { pipelineId, wire } = found;
      const purged = wire.delivery === 'pull' ? await parts.engine.purge({ pipelineId, wireId: wire.id }) : undefined;
      if (purged === undefined) {
        return refuse(
          'wire-keeps-nothing',
          `Only pull wires can be emptied; "${wire.id}" is a wire of delivery ${wire.delivery}.`,
        );
      }
      parts.log({
        level: 'info',
        text: `Wire "${wire.id}" was emptied`,
        data: { pipelineId, wireId: wire.id, purged },
      });
      return json({ purged });
    },

    async replayWire({ params, body }) {
      const found = await findWire(parts, params);
      if (!found.ok) return found.refusal;
      const { pipelineId, wire } = found;
      const result = await parts.engine.replay({ pipelineId, wireId: wire.id, ...body });
      if (!result.ok) return replayRefused(result, wire);
      const { replay, messages } = result;
      parts.log({
        level: 'info',
        text: `Wire "${wire.id}" is replayed`,
        data: { pipelineId, wireId: wire.id, ...body, replay: replay.id, messages },
      });
      return json({ ...replay, messages });
    },
  };
}

function replayRefused(
  refused: ReplayResult & { readonly ok: false },
  wire: Pick<WireDocument, 'id' | 'delivery'>,
): Refusal {
  switch (refused.reason) {
    case 'not-deployed':
      return notInOperation();
    case 'no-event-wire':
      return refuse(
        'no-event-wire',
        `"${wire.id}" is a ${wire.delivery} wire: it keeps nothing that has been delivered. Only event wires can be replayed.`,
      );
    case 'partition-unknown':
      return refuse('request-invalid', `The log of "${wire.id}" has the partitions 0 to ${refused.partitions - 1}.`);
    case 'not-read-yet':
      return refuse(
        'not-read-yet',
        `"${wire.id}" has delivered that partition up to position ${refused.position}. A replay goes back, never ahead: what lies between would be lost.`,
      );
  }
}

type FoundWire =
  | { readonly ok: true; readonly pipelineId: string; readonly wire: Pick<WireDocument, 'id' | 'delivery'> }
  | { readonly ok: false; readonly refusal: Refusal };

async function findWire(
  parts: ServerParts,
  { id, wire: wireId }: { readonly id: string; readonly wire: string },
): Promise<FoundWire> {
  const pipeline = await parts.database.pipelines.find(id);
  if (pipeline === undefined) return { ok: false, refusal: pipelineNotFound(id) };
  const { deployment } = pipeline;
  const version = deployment && (await parts.versions.find(pipeline.id, deployment.version));
  const wire =
    version?.document.wires.find((candidate) => candidate.id === wireId) ?? (await removed(parts, pipeline.id, wireId));
  if (wire !== undefined) return { ok: true, pipelineId: pipeline.id, wire };
  if (version === undefined) return { ok: false, refusal: notDeployed() };
  return { ok: false, refusal: refuse('wire-not-found', `The deployed version has no wire "${wireId}".`) };
}

/** One that an earlier version had, if it still holds something. */
async function removed(
  parts: ServerParts,
  pipelineId: string,
  wireId: string,
): Promise<Pick<WireDocument, 'id' | 'delivery'> | undefined> {
  const [source] = (await storedWires(pipelineId, parts.store)).get(wireId) ?? [];
  return source && { id: wireId, delivery: 'queue' in source ? 'pull' : 'event' };
}

function keepsNothing(wire: Pick<WireDocument, 'id'>): Refusal {
  return refuse(
    'wire-keeps-nothing',
    `"${wire.id}" is a push wire: the producer waits with the message in hand, so nothing is kept on it.`,
  );
}
