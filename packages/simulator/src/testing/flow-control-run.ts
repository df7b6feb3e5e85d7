import { WorkError, type Message } from '@sluice/engine';
import { createSeededRandom } from '../seeded-random.ts';
import { againstLoops } from './against-loops.ts';
import { aPipeline, running } from './plain-world.ts';
import { diceOf, type Dice } from './random-pipeline.ts';
import { mostAtOnce, mostWithin, watchingNode, type WatchedWork } from './watching-node.ts';

type World = Awaited<ReturnType<typeof running>>;

interface Sent {
  readonly n: number;
  readonly who: string;
}

/** What one seed asks of the node. */
interface Verbs {
  readonly work: object;
  /** At most so many of a key at once. */
  readonly atOnce?: number;
  /** At most so many starts within a span; of a key, or of all. */
  readonly within?: { readonly starts: number; readonly spanMs: number; readonly byKey: boolean };
  /** Messages may be discarded; the last of each key is kept. */
  readonly discards: boolean;
}

const ROUGH_MS = 15_000;
const HEALED_MS = 400_000;
const PERIODS = [
  { text: '500ms', ms: 500 },
  { text: '3s', ms: 3_000 },
] as const;

/** One seed: verbs by chance, a load, deaths, pauses and standstills; then all is well. Answers what it did wrong, in words. */
export async function flowControlRun(seed: number): Promise<readonly string[]> {
  const dice = diceOf(createSeededRandom(seed, 'flow-control'));
  const verbs = randomVerbs(dice);
  const delivery = dice.oneOf(['pull', 'event'] as const);
  const messages = dice.between(5, 90);
  const gapMs = dice.oneOf([1, 40, 160]);
  const whos = dice.between(1, 4);

  const at: { world?: World } = {};
  const clockOf = (): World['clock'] => {
    if (at.world === undefined) throw new Error('There is no world yet');
    return at.world.clock;
  };
  const node = watchingNode(clockOf, workBy(dice, clockOf));
  const world = await running(
    aPipeline(`in -${delivery}-> pass -pull-> call`, {
      pass: {
        work: {
          workers: dice.between(1, 6),
          timeout: '1m',
          quarantineAfter: 50,
          retry: { attempts: 50, base: '50ms', cap: '1s', budget: 1 },
          ...(dice.chance(0.3) ? { rateLimit: '20/s' } : {}),
          ...verbs.work,
        },
      },
      w1:
        delivery === 'event'
          ? { log: { orderBy: 'who', partitions: 3, visibility: '3s' } }
          : { queue: { visibility: '3s' } },
      w2: { queue: { capacity: dice.oneOf([2, 10, 1_000]) } },
    }),
    {
      seed,
      watch: (store) => againstLoops(store, () => at.world?.clock.monotonicMs() ?? 0),
      behaviours: node.behaviours,
      ...(dice.chance(0.5) ? { disk: { commitMs: [0, 6], answerMs: [0, 3], leaseMs: [0, 3] } } : {}),
    },
  );
  at.world = world;

  const accepted: Sent[] = [];
  for (let n = 0; n < messages; n += 1) {
    const sent = { n, who: `k${n % whos}` };
    world.clock.setTimer(1 + n * gapMs, () => {
      void world.send({ ...sent, id: `id${n}` }).then((answer) => {
        if (answer?.ok === true) accepted.push(sent);
      });
    });
  }
  const disturbed = disturb(world, dice);
  await world.clock.run(ROUGH_MS + 10_000);
  await world.during(world.engine.resume('simulated'));
  await world.clock.run(HEALED_MS);
  return wrongsOf({ world, works: node.works, accepted, verbs, disturbed });
}

function randomVerbs(dice: Dice): Verbs {
  const period = dice.oneOf(PERIODS);
  const byKey = dice.chance(0.5);
  const key = byKey ? { key: 'who' } : {};
  const starts = dice.between(1, 6);
  const limit = dice.between(1, 3);
  switch (dice.oneOf(['concurrency', 'throttle', 'both', 'batch', 'debounce', 'singleton'] as const)) {
    case 'concurrency':
      return { work: { concurrency: { limit, key: 'who' } }, atOnce: limit, discards: false };
    case 'throttle':
      return {
        work: { throttle: { limit: starts, period: period.text, ...key } },
        within: { starts, spanMs: period.ms, byKey },
        discards: false,
      };
    case 'both':
      return {
        work: { concurrency: { limit, key: 'who' }, throttle: { limit: starts, period: period.text } },
        atOnce: limit,
        within: { starts, spanMs: period.ms, byKey: false },
        discards: false,
      };
    case 'batch': {
      const wait = dice.oneOf(['0s', '200ms', '2s']);
      const bytes = dice.oneOf([100, 100_000]);
      return { work: { batch: { size: dice.between(2, 12), wait, bytes, ...key } }, discards: false };
    }
    case 'debounce':
      return { work: { debounce: { period: dice.oneOf(['300ms', '2s']), key: 'who', maxWait: '6s' } }, discards: true };
    case 'singleton':
      return { work: { singleton: { mode: 'cancel', key: 'who' } }, atOnce: 1, discards: true };
  }
}

/** Takes as long, and fails at first, as the id says: a redelivery finds the same. */
function workBy(dice: Dice, clock: () => World['clock']): (message: Message) => number {
  const longestMs = dice.oneOf([1, 50, 700]);
  const failing = dice.oneOf([0, 5, 3]);
  const tried = new Set<string>();
  return ({ id }) => {
    const chance = Number.parseInt(id.slice(0, 6), 16);
    const isFirst = !tried.has(id);
    tried.add(id);
    if (failing > 0 && chance % failing === 0 && isFirst && clock().monotonicMs() < ROUGH_MS)
      throw new WorkError('not yet', { code: 'not-yet', retryable: true });
    return chance % (longestMs + 1);
  };
}

interface Disturbed {
  readonly died: boolean;
  readonly paused: boolean;
}

function disturb(world: World, dice: Dice): Disturbed {
  const { clock } = world;
  const times = (most: number): readonly number[] =>
    Array.from({ length: dice.between(0, most) }, () => dice.between(200, ROUGH_MS - 1_000));
  const deaths = times(3);
  const pauses = times(2);
  for (const ms of deaths)
    clock.setTimer(ms, () => {
      if (!world.isUp()) return;
      world.crash();
      clock.setTimer(150, () => void world.restart());
    });
  for (const ms of pauses) {
    clock.setTimer(ms, () => void world.engine.pause('simulated').catch(() => false));
    clock.setTimer(ms + 900, () => void world.engine.resume('simulated').catch(() => false));
  }
  for (const ms of times(1)) clock.setTimer(ms, () => world.freeze(8_000));
  return { died: deaths.length > 0, paused: pauses.length > 0 };
}

const numbersOf = (payload: unknown): readonly number[] =>
  (Array.isArray(payload) ? (payload as readonly Sent[]) : [payload as Sent]).map(({ n }) => n);

const whoOf = ({ payload }: WatchedWork): string =>
  ((Array.isArray(payload) ? payload[0] : payload) as Sent | undefined)?.who ?? '';

async function wrongsOf(run: {
  readonly world: World;
  readonly works: readonly WatchedWork[];
  readonly accepted: readonly Sent[];
  readonly verbs: Verbs;
  readonly disturbed: Disturbed;
}): Promise<readonly string[]> {
  const { world, works, accepted, verbs, disturbed } = run;
  const wrongs = world.failures.map((failure) => `failed: ${String(failure)}`);
  const figures = await world.engine.figures('simulated');
  if (figures === undefined) return [...wrongs, 'not deployed'];
  const { depth, inFlight } = figures.totals;
  if (depth + inFlight > 0) wrongs.push(`liveness: ${depth} waiting, ${inFlight} in flight`);
  for (const { id, busy } of Object.values(figures.nodes)) if (busy > 0) wrongs.push(`workers: ${busy} busy at ${id}`);

  const letters = await world.store.deadLetters({ pipelineId: 'simulated', limit: 1_000 });
  const ends = new Set([
    ...world.target.effects.flatMap(({ body }) => numbersOf(body)),
    ...letters.flatMap(({ message }) => numbersOf(message.payload)),
  ]);
  if (!verbs.discards) {
    for (const { n } of accepted) if (!ends.has(n)) wrongs.push(`lost: ${n}`);
  } else {
    for (const who of new Set(accepted.map((sent) => sent.who))) {
      const last = Math.max(...accepted.filter((sent) => sent.who === who).map(({ n }) => n));
      if (!ends.has(last)) wrongs.push(`the last of ${who} is lost: ${last}`);
    }
  }
  // What a dead process had begun or counted is not known to the next one.
  if (disturbed.died) return wrongs;

  const discards = world.trace.filter(({ kind }) => kind === 'discarded').length;
  const counted = Object.values(figures.nodes['pass']?.discarded ?? {}).reduce((sum, count) => sum + count, 0);
  if (ends.size + discards !== accepted.length || discards !== counted)
    wrongs.push(
      `conservation: ${accepted.length} accepted, ${ends.size} ended, ${discards} discarded, ${counted} counted`,
    );
  for (const group of groupsOf(works, true)) {
    const most = mostAtOnce(group);
    if (verbs.atOnce !== undefined && most > verbs.atOnce) wrongs.push(`concurrency: ${most} at once`);
  }
  if (verbs.within !== undefined && !disturbed.paused) {
    for (const group of groupsOf(works, verbs.within.byKey)) {
      const most = mostWithin(group, verbs.within.spanMs);
      if (most > verbs.within.starts) wrongs.push(`throttle: ${most} within ${verbs.within.spanMs} ms`);
    }
  }
  return wrongs;
}

function groupsOf(works: readonly WatchedWork[], byKey: boolean): readonly (readonly WatchedWork[])[] {
  if (!byKey) return [works];
  return [...new Set(works.map(whoOf))].map((who) => works.filter((work) => whoOf(work) === who));
}
