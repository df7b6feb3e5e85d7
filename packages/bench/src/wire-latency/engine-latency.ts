import { openCodeEngine } from '../code-nodes/open-code-engine.ts';
import { documentOf, endlessPull } from '../document-of.ts';
import { orderEvent, orderNumber } from '../order-event.ts';
import type { ServedProgram } from '../process/program.ts';
import { latencyProgram, type WireUnderTest } from './latency-work.ts';

/** A source, a pull wire and a sink in the engine, with the product's defaults. */
export async function openEngineLatency(setting: {
  readonly folder: string;
  readonly seconds: number;
}): Promise<ServedProgram> {
  let next = 0;
  const engine = await openCodeEngine({
    folder: setting.folder,
    document: documentOf(
      'latency',
      [
        { id: 'in', type: 'bench-source' },
        { id: 'out', type: 'bench-step', config: { step: 'handle' } },
      ],
      [endlessPull('in', 'out')],
    ),
    code: {
      next: () => orderEvent(next),
      steps: {
        handle(payload) {
          wire.onHandled(orderNumber(payload));
          return undefined;
        },
      },
    },
    onFailure(error) {
      throw error;
    },
  });
  const wire: WireUnderTest = {
    add(number) {
      next = number;
      return engine.send();
    },
    onHandled: () => undefined,
    close: () => engine.close(),
  };
  return latencyProgram(wire, setting.seconds);
}
