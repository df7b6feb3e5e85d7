import type { PipelineDocument } from '@sluice/pipeline';
import type { Json } from '@sluice/engine';
import { openCodeEngine } from '../code-nodes/open-code-engine.ts';
import { documentOf, endlessPull, patientPush } from '../document-of.ts';
import { hopProgram, produceInWaves, until, WAVE } from '../durable-hop/hop-work.ts';
import { type OrderEvent, orderEvent, orderNumber } from '../order-event.ts';
import type { ServedProgram } from '../process/program.ts';
import type { Tally } from '../tally.ts';
import { EXPRESSIONS, isWorkedOn, ORDER_STEPS } from './order-steps.ts';

/**
 * As many messages are in hand at Node-RED. Expressions keep to the product's default: they take turns on one thread, and
 * a thousand at once would each use up the time that one may take.
 */
const CODE_WORK = { workers: 1_000 };

/** `code`: functions of the bench, as Node-RED's function nodes are. `expressions`: the product's transform and filter. */
type NodeKind = 'code' | 'expressions';

/**
 * Source, three nodes and two pull wires between them, each of them on disk before the next node sees the message. The
 * source pushes to the first node. With expressions a fourth node counts, since none of the three can.
 */
export async function openEngineThreeNodes(setting: {
  readonly folder: string;
  readonly messages: number;
  readonly nodes: NodeKind;
}): Promise<ServedProgram> {
  let next = 0;
  let current: Tally | undefined;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // looked at while something runs
  const count = (payload: Json): undefined => {
    current?.see(isWorkedOn(payload) ? orderNumber(payload) : Number.NaN);
  };
  const engine = await openCodeEngine({
    folder: setting.folder,
    document: documentFor(setting.nodes),
    code: {
      next: () => orderEvent(next++),
      steps: {
        // The payloads are what the node before gave, and the first is an order event.
        sum: (payload) => ORDER_STEPS.sum(payload as OrderEvent),
        test: (payload) => ORDER_STEPS.test(payload as OrderEvent),
        markAndCount: (payload) => count(ORDER_STEPS.mark(payload as OrderEvent)),
        count,
      },
    },
    onFailure: failure.reject,
  });

  return hopProgram(
    {
      async run(messages, tally) {
        next = 0;
        current = tally;
        const produced = produceInWaves(messages, WAVE, async (_first, size) => {
          await Promise.all(Array.from({ length: size }, () => engine.send()));
        });
        await Promise.race([Promise.all([produced, tally.complete]), failure.promise]);
        await until(async () => (await engine.backlog()) === 0);
      },
      close: () => engine.close(),
    },
    setting.messages,
  );
}

function documentFor(kind: NodeKind): PipelineDocument {
  const source = { id: 'in', type: 'bench-source' };
  const wires = [patientPush('in', 'sum'), endlessPull('sum', 'test'), endlessPull('test', 'mark')];
  if (kind === 'code') {
    const node = (id: string, step: string) => ({ id, type: 'bench-step', config: { step }, work: CODE_WORK });
    return documentOf(
      'three-nodes',
      [source, node('sum', 'sum'), node('test', 'test'), node('mark', 'markAndCount')],
      wires,
    );
  }
  const node = (id: keyof typeof EXPRESSIONS, type: string) => ({ id, type, config: { expression: EXPRESSIONS[id] } });
  return documentOf(
    'three-nodes',
    [
      source,
      node('sum', 'transform'),
      node('test', 'filter'),
      node('mark', 'transform'),
      { id: 'out', type: 'bench-step', config: { step: 'count' } },
    ],
    [...wires, patientPush('mark', 'out')],
  );
}
