import { openCodeEngine } from '../code-nodes/open-code-engine.ts';
import { documentOf, endlessPull } from '../document-of.ts';
import { orderEvent, orderNumber } from '../order-event.ts';
import type { ServedProgram } from '../process/program.ts';
import type { Tally } from '../tally.ts';
import { hopProgram, produceInWaves, until, WAVE } from './hop-work.ts';

/** As many as the peers take at once. */
const WORKERS = 1_000;

/**
 * A source, a pull wire and a sink in the engine. Every message comes in by itself, as from a webhook, is a unit of work
 * of its own, and is acknowledged by itself.
 */
export async function openEngineHop(setting: {
  readonly folder: string;
  readonly messages: number;
}): Promise<ServedProgram> {
  let next = 0;
  let current: Tally | undefined;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // looked at while something runs
  const engine = await openCodeEngine({
    folder: setting.folder,
    document: documentOf(
      'hop',
      [
        { id: 'in', type: 'bench-source' },
        { id: 'out', type: 'bench-step', config: { step: 'count' }, work: { workers: WORKERS } },
      ],
      [endlessPull('in', 'out')],
    ),
    code: {
      next: () => orderEvent(next++),
      steps: {
        count(payload) {
          current?.see(orderNumber(payload));
          return undefined;
        },
      },
    },
    onFailure: failure.reject,
  });

  return hopProgram(
    {
      async run(count, tally) {
        next = 0;
        current = tally;
        const produced = produceInWaves(count, WAVE, async (_first, size) => {
          await Promise.all(Array.from({ length: size }, () => engine.send()));
        });
        await Promise.race([Promise.all([produced, tally.complete]), failure.promise]);
        // The last messages have been worked on; their acknowledgements may still be on their way to disk.
        await until(async () => (await engine.backlog()) === 0);
      },
      close: () => engine.close(),
    },
    setting.messages,
  );
}
