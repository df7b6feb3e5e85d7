import type { PipelineDocument, Work } from '@sluice/pipeline';
import type { Measured } from '../benchmark.ts';
import { type CodeEngine, openCodeEngine } from '../code-nodes/open-code-engine.ts';
import { documentOf, endlessPull } from '../document-of.ts';
import { produceInWaves, until, WAVE } from '../durable-hop/hop-work.ts';
import { orderEvent, orderNumber } from '../order-event.ts';
import { anonymousMegabytes } from '../process/process-figures.ts';
import type { ServedProgram } from '../process/program.ts';
import { createTally, type Tally } from '../tally.ts';

const LOOK_MS = 200;
const REST_MS = 500;

interface Current {
  readonly tally: Tally;
  /** When each tenth of the messages had come out, in ms. */
  readonly tenths: number[];
  readonly count: number;
  came: number;
}

/**
 * Fills a pull wire whose consumer stands still, then lets it drain, and looks at the memory of its own process. Has to
 * run with `--expose-gc`: rubbish that the next collection takes is no growth. The peak is without collections.
 */
export async function openEngineBacklog(setting: {
  readonly folder: string;
  readonly messages: number;
}): Promise<ServedProgram> {
  let next = 0;
  let current: Current | undefined;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // looked at while something runs
  const handle = (number: number): void => {
    if (current === undefined) return;
    current.tally.see(number);
    current.came += 1;
    if (current.came % (current.count / 10) === 0) current.tenths.push(performance.now());
  };
  const engine = await openCodeEngine({
    folder: setting.folder,
    document: document({}),
    code: {
      next: () => orderEvent(next++),
      steps: {
        handle(payload) {
          handle(orderNumber(payload));
          return undefined;
        },
      },
    },
    onFailure: failure.reject,
  });

  const fill = async (count: number): Promise<void> => {
    next = 0;
    current = { tally: createTally(count), tenths: [], count, came: 0 };
    await Promise.race([produceInWaves(count, WAVE, (_first, size) => sendAll(engine, size)), failure.promise]);
  };
  const drained = async (): Promise<Current> => {
    if (current === undefined) throw new Error('nothing was filled');
    await Promise.race([current.tally.complete, failure.promise]);
    await until(async () => (await engine.backlog()) === 0);
    current.tally.assertExact();
    return current;
  };

  const measure = async (): Promise<Measured> => {
    // The heap gets as large as traffic makes it before anything is compared.
    await engine.deploy(document({}));
    await fill(setting.messages / 10);
    await drained();
    await engine.deploy(document(STANDING_STILL));
    const before = await settledMegabytes();
    const peak = watchPeak();
    await fill(setting.messages);
    const full = await settledMegabytes();
    const startedAt = performance.now();
    await engine.deploy(document({}));
    const { tenths } = await drained();
    const times = [startedAt, ...tenths];
    const rateOf = (tenth: number): number =>
      (setting.messages / 10 / ((times[tenth] ?? Number.NaN) - (times[tenth - 1] ?? Number.NaN))) * 1_000;
    return { growth: full - before, peak: (await peak.stop()) - before, first: rateOf(1), last: rateOf(10) };
  };
  return { calls: { measure }, close: () => engine.close() };
}

/** One message a day. */
const STANDING_STILL: Work = { workers: 1, rateLimit: '1/d' };

function document(work: Work): PipelineDocument {
  return documentOf(
    'backlog',
    [
      { id: 'in', type: 'bench-source' },
      { id: 'out', type: 'bench-step', config: { step: 'handle' }, work: { workers: 256, ...work } },
    ],
    [endlessPull('in', 'out')],
  );
}

async function sendAll(engine: CodeEngine, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => engine.send()));
}

async function settledMegabytes(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  if (globalThis.gc === undefined) throw new Error('the program was not started with --expose-gc');
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  return anonymousMegabytes();
}

function watchPeak(): { stop(): Promise<number> } {
  let peak = 0;
  let failure: unknown;
  const look = async (): Promise<void> => {
    peak = Math.max(peak, await anonymousMegabytes());
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => (failure ??= error));
  }, LOOK_MS);
  return {
    async stop() {
      clearInterval(timer);
      await look();
      if (failure !== undefined) throw failure as Error; // `look` throws nothing else
      return peak;
    },
  };
}
