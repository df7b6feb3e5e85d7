import type { MessageStore } from '@sluice/engine';
import { createSeededRandom } from '../seeded-random.ts';
import type { DiskModel } from '../slow-store.ts';
import { createHistory, type History } from './history.ts';
import { againstLoops } from './against-loops.ts';
import { firstDeployed, plainWorld } from './plain-world.ts';
import { diceOf, randomPipeline, type Dice, type RandomPipeline } from './random-pipeline.ts';
import { scriptedTarget, type Reaction } from './scripted-target.ts';

/** The rough time: faults of targets, deaths of the process, pauses, new versions. Then everything is well. */
const ROUGH_MS = 20_000;
/** After the rough time everything has to come to its end within this. */
const HEALED_MS = 240_000;

export interface Sent {
  readonly id: string;
  readonly key: string;
  readonly n: number;
}

export interface RoughRun {
  readonly pipeline: RandomPipeline;
  readonly world: ReturnType<typeof plainWorld>;
  /** Accepted messages: told so to a sender, or behind a poller's cursor. */
  readonly accepted: readonly Sent[];
  /** Accepted before the rough time was over, with what was delivered or stored then. */
  readonly atHealing: {
    readonly accepted: readonly Sent[];
    readonly stored: ReadonlyMap<string, ReadonlySet<string>>;
    readonly effects: number;
  };
  /** Messages of a second load that nobody took although all was well. */
  readonly refusedAfterwards: readonly string[];
  /** What took effect in the store. */
  readonly history: History;
  /** Queues that held more than their capacity. */
  readonly overfull: readonly string[];
}

/** One seed: builds a pipeline, loads it, disturbs it, heals it, loads it once more. */
export async function roughRun(seed: number): Promise<RoughRun> {
  const dice = diceOf(createSeededRandom(seed, 'plan'));
  const pipeline = randomPipeline(dice, diceOf(createSeededRandom(seed, 'features')));
  const target = scriptedTarget(roughTarget(diceOf(createSeededRandom(seed, 'target')), dice));
  // Chances of their own, so that one more kind of fault leaves the pipelines of all seeds as they are.
  const faults = diceOf(createSeededRandom(seed, 'faults'));
  const disk: DiskModel | undefined = dice.chance(0.6)
    ? { commitMs: [0, dice.between(0, 8)], answerMs: [0, dice.between(0, 4)], leaseMs: [0, 2], ...diskFaults(faults) }
    : undefined;
  const history = createHistory();
  const now = (): number => world.clock.monotonicMs();
  const world = plainWorld({
    seed,
    target,
    supervisedAfterMs: 300,
    watch: (store) => againstLoops(history.watching(store, now), now),
    ...(disk === undefined ? {} : { disk }),
  });
  const overfull: string[] = [];
  const accepted: Sent[] = [];

  await firstDeployed(world, pipeline.document);
  disturb({ world, dice, pipeline, faults });
  watchBounds({ world, pipeline, overfull });

  const load = sendersOf({ seed, world, dice, accepted, until: ROUGH_MS, history });
  if (pipeline.source === 'in')
    load.begin(dice.between(20, 120), dice.between(1, 5), dice.oneOf([1_000, 5_000, 12_000]));
  await world.clock.run(ROUGH_MS);
  await acceptedByPoller(world, pipeline, accepted);
  const atHealing = {
    accepted: [...accepted],
    stored: await storedOn(world.store, pipeline),
    effects: target.effects.length,
  };

  await world.clock.run(HEALED_MS);
  if (pipeline.source === 'in') load.begin(10, 3, 5_000);
  await world.clock.run(60_000);
  await acceptedByPoller(world, pipeline, accepted);
  return { pipeline, world, accepted, atHealing, history, refusedAfterwards: load.unsent(), overfull };
}

function diskFaults(faults: Dice): Pick<DiskModel, 'errors' | 'stalls'> {
  return {
    ...(faults.chance(0.25) ? { stalls: { share: 0.01, ms: faults.oneOf([500, 3_000, 20_000]) } } : {}),
    ...(faults.chance(0.25) ? { errors: 0.002 } : {}),
  };
}

function roughTarget(chance: Dice, dice: Dice): Parameters<typeof scriptedTarget>[0] {
  const failures = dice.oneOf([0, 0.05, 0.3]);
  const slowest = dice.oneOf([5, 50, 300, 900]);
  const outages = Array.from({ length: dice.between(0, 2) }, () => {
    const from = dice.between(0, ROUGH_MS);
    return { from, to: Math.min(ROUGH_MS, from + dice.between(500, 8_000)) };
  });
  const hasPoison = dice.chance(0.4);
  return ({ at, url, body }): Reaction => {
    const afterMs = chance.between(1, at < ROUGH_MS ? slowest : 20);
    // The same at every try, as what is wrong with a message is.
    if (hasPoison && (body.n * 7 + url.length) % 19 === 0) return { status: 400, afterMs };
    if (at >= ROUGH_MS) return { afterMs };
    if (outages.some((outage) => at >= outage.from && at < outage.to)) return { status: 0, afterMs };
    if (!chance.chance(failures)) return { afterMs };
    return chance.oneOf<Reaction>([
      { status: 500, afterMs },
      { status: 500, afterMs, effect: true },
      { status: 0, afterMs, effect: true },
      { status: 429, afterMs, headers: { 'retry-after': '1' } },
      { afterMs: 60_000 },
    ]);
  };
}

function disturb(parts: {
  readonly world: RoughRun['world'];
  readonly dice: Dice;
  readonly pipeline: RandomPipeline;
  readonly faults: Dice;
}): void {
  const { world, dice, pipeline, faults } = parts;
  let version = 1;
  const at = (ms: number, act: () => void): void => {
    world.clock.setTimer(ms - world.clock.monotonicMs(), act);
  };
  for (let count = dice.oneOf([0, 0, 1, 3]); count > 0; count -= 1) {
    const downMs = dice.between(0, 2_000);
    at(dice.between(1, ROUGH_MS - 3_000), () => {
      if (!world.isUp()) return;
      world.crash(faults.oneOf([0, 0, 0.5, 1]));
      world.clock.setTimer(downMs, () => void world.restart());
    });
  }
  for (let count = faults.oneOf([0, 0, 1, 2]); count > 0; count -= 1) {
    const ms = faults.oneOf([500, 5_000, 45_000]);
    at(faults.between(1, ROUGH_MS - 1_000), () => world.freeze(Math.min(ms, ROUGH_MS - world.clock.monotonicMs())));
  }
  for (let count = faults.oneOf([0, 0, 1, 3]); count > 0; count -= 1) {
    const ms = faults.oneOf([-3_600_000, -5_000, 5_000, 3_600_000]);
    at(faults.between(1, ROUGH_MS), () => world.clock.step(ms));
  }
  for (let count = dice.oneOf([0, 0, 1, 2]); count > 0; count -= 1) {
    at(dice.between(1, ROUGH_MS - 8_000), () => {
      if (!world.isUp()) return;
      const { engine } = world;
      void engine.pause('simulated').catch(() => undefined);
    });
    at(dice.between(ROUGH_MS - 8_000, ROUGH_MS), () => {
      if (world.isUp()) void world.engine.resume('simulated').catch(() => undefined);
    });
  }
  for (let count = dice.oneOf([0, 0, 1]); count > 0; count -= 1) {
    at(dice.between(1, ROUGH_MS), () => {
      version += 1;
      if (world.isUp()) void world.deploy({ version, document: pipeline.document }).catch(() => undefined);
    });
  }
}

/** One sender per key: the next message goes out when the one before was taken. Refused and unanswered ones are sent again. */
function sendersOf(parts: {
  readonly seed: number;
  readonly world: RoughRun['world'];
  readonly dice: Dice;
  readonly accepted: Sent[];
  readonly until: number;
  readonly history: History;
}): { begin(messages: number, keys: number, withinMs: number): void; unsent(): readonly string[] } {
  const { world } = parts;
  const chance = diceOf(createSeededRandom(parts.seed, 'senders'));
  const unsent = new Set<string>();
  let sequence = 0;
  const pause = (ms: number): Promise<void> => new Promise((resolve) => world.clock.setTimer(ms, resolve));

  const sendAll = async (messages: readonly Sent[], gapMs: number): Promise<void> => {
    for (const message of messages) {
      await pause(chance.between(0, gapMs));
      if (await sendUntilTaken(message)) parts.accepted.push(message);
      unsent.delete(message.id);
    }
  };

  const tell = (answer: Awaited<ReturnType<typeof world.send>>): void => {
    if (answer?.ok !== true) return;
    const { status, correlationId } = answer;
    parts.history.note({ kind: 'told', at: world.clock.monotonicMs(), status, correlationId });
  };

  /** False when the sender gave the message up, as it may where a push chain failed. */
  const sendUntilTaken = async (message: Sent): Promise<boolean> => {
    for (;;) {
      const answer = await world.send({ ...message });
      if (answer?.ok === true) {
        tell(answer);
        // Many senders repeat what they have been answered already.
        if (chance.chance(0.1)) tell(await world.send({ ...message }));
        return true;
      }
      if (answer?.problem.status === 502 && chance.chance(0.2)) return false;
      await pause(chance.between(20, 1_000));
    }
  };

  return {
    unsent: () => [...unsent],
    begin(count, keys, withinMs) {
      const gapMs = Math.max(1, Math.round((2 * keys * withinMs) / count));
      for (let key = 0; key < keys; key += 1) {
        const messages: Sent[] = [];
        for (let index = key; index < count; index += keys) {
          messages.push({ id: `m${sequence}`, key: `k${key}`, n: sequence });
          sequence += 1;
        }
        for (const { id } of messages) unsent.add(id);
        void sendAll(messages, gapMs);
      }
    },
  };
}

async function acceptedByPoller(world: RoughRun['world'], pipeline: RandomPipeline, accepted: Sent[]): Promise<void> {
  if (pipeline.source !== 'tick') return;
  const keys = Number(pipeline.document.nodes[0]?.config?.['keys'] ?? 1);
  const cursor = (await world.store.cursor('simulated/tick')) ?? 0;
  for (let n = accepted.length; n < Number(cursor); n += 1) accepted.push({ id: `t${n}`, key: `k${n % keys}`, n });
}

function watchBounds(parts: {
  readonly world: RoughRun['world'];
  readonly pipeline: RandomPipeline;
  readonly overfull: string[];
}): void {
  const { world, pipeline, overfull } = parts;
  const look = async (): Promise<void> => {
    for (const [wireId, capacity] of pipeline.capacities) {
      const { messages } = await world.store.backlog({ queue: `simulated/${wireId}` });
      if (messages > capacity) overfull.push(`${wireId}: ${messages} of ${capacity} at ${world.clock.monotonicMs()}`);
    }
    world.clock.setTimer(250, () => void look());
  };
  world.clock.setTimer(250, () => void look());
}

/** Ids of payloads by wire. */
async function storedOn(
  store: MessageStore,
  pipeline: RandomPipeline,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const stored = new Map<string, ReadonlySet<string>>();
  for (const wire of pipeline.document.wires) {
    if (wire.delivery === 'push') continue;
    const source =
      wire.delivery === 'pull'
        ? { queue: `simulated/${wire.id}` }
        : { log: `simulated/${wire.from}.out`, group: `simulated/${wire.id}` };
    const messages = await store.peek({ source, limit: 10_000 });
    stored.set(wire.id, new Set(messages.map(({ message }) => (message.payload as { readonly id: string }).id)));
  }
  return stored;
}
