import type { DiscardCounts, MessageStore } from '@sluice/engine';
import { createSeededRandom } from '../seeded-random.ts';
import { bodyIds, lettersOf } from './dead-letters.ts';
import { aPipeline, running } from './plain-world.ts';
import { diceOf, type Dice } from './random-pipeline.ts';
import { scriptedTarget, type Reaction } from './scripted-target.ts';

/** Rough weather; then the target is well, and everything that is dead is redriven. */
const ROUGH_MS = 60_000;
const HEALED_MS = 600_000;
const MESSAGES = 60;

const pipelineId = 'simulated';
type World = Awaited<ReturnType<typeof running>>;

/** What a run of hands-on operations did wrong, in words. */
export interface HandsOnRun {
  readonly wrongs: readonly string[];
  readonly delivered: number;
  readonly discarded: number;
}

interface Hands {
  readonly dice: Dice;
  readonly replays: boolean;
  readonly purges: boolean;
  /** A purge whose count is not known to be on disk. */
  purging: number;
}

/**
 * People redrive, edit, discard, purge and replay at random while the target fails, the process dies and the pipeline is
 * paused. Whenever the process is dead, what is on disk is counted: each message at most once, and in a queue, a log, a
 * dead letter, at the target, or discarded.
 */
export async function handsOnRun(seed: number): Promise<HandsOnRun> {
  const dice = diceOf(createSeededRandom(seed, 'hands'));
  const chance = diceOf(createSeededRandom(seed, 'target'));
  const drawing = dice.oneOf([
    'in -pull-> call',
    'in -event-> call',
    'in -event-> pass -push-> call',
    'tick -push-> call',
  ]);
  const hands: Hands = {
    dice,
    replays: drawing.includes('event') && dice.chance(0.4),
    purges: drawing.includes('pull') && dice.chance(0.3),
    purging: 0,
  };
  const target = scriptedTarget(({ at }) => reactionAt(at, chance));
  const world = await running(
    aPipeline(drawing, {
      tick: { config: { limit: MESSAGES, everyMs: 300, keys: 5 } },
      call: { work: { retry: { attempts: 2, base: '50ms' }, breaker: { minimumCalls: 10_000 } } },
      w1: drawing.includes('pull') ? { queue: { capacity: dice.oneOf([20, 1_000]) } } : {},
    }),
    dice.chance(0.7)
      ? { target, seed, disk: { commitMs: [0, 6], answerMs: [0, 6], leaseMs: [0, 2] } }
      : { target, seed },
  );
  const wrongs: string[] = [];
  const accepted = sendAtRandom(world, dice, drawing);
  /** The count of a purge comes behind it: a death in between loses it. */
  let isCounted = true;
  const look = async (): Promise<void> => {
    isCounted &&= hands.purging === 0;
    const places = await placesOnDisk(world.store);
    const moment = `at ${world.clock.monotonicMs()}`;
    // What was given up may be given up a second time in a replay.
    for (const [id, found] of hands.replays ? [] : places)
      if (found.length > 1) wrongs.push(`${id} is in several places ${moment}: ${found.join(', ')}`);
    const delivered = new Set(bodyIds(target.effects));
    const missing = (await accepted()).filter((id) => !places.has(id) && !delivered.has(id));
    const gone = await goneForGood(world.store);
    if (isCounted && missing.length > gone)
      wrongs.push(`nowhere ${moment}: ${missing.join(' ')}, with ${gone} discarded`);
  };

  let isDown = false;
  const at = (ms: number, act: () => Promise<unknown>): void => {
    world.clock.setTimer(ms, () => {
      if (!isDown) void act().catch((error: unknown) => void (isDown || wrongs.push(`failed: ${String(error)}`)));
    });
  };
  const dieIn = (ms: number): void => {
    const downMs = dice.between(1, 2_000);
    at(ms, async () => {
      isDown = true;
      world.crash();
      await look();
      world.clock.setTimer(downMs, () => void world.restart().then(() => (isDown = false)));
    });
  };
  for (let count = dice.between(20, 60); count > 0; count -= 1) {
    // Often in the midst of what is done by hand.
    const dies = dice.chance(0.08);
    at(dice.between(1, ROUGH_MS), async () => {
      if (dies) dieIn(dice.between(1, 12));
      await actByHand(world, hands);
    });
  }
  for (let count = dice.between(0, 2); count > 0; count -= 1) dieIn(dice.between(1, ROUGH_MS));
  await world.clock.run(ROUGH_MS + 5_000);
  await world.during(world.engine.resume(pipelineId));
  for (let round = 0; round < 3; round += 1) {
    await world.clock.run(HEALED_MS / 10);
    const started = await world.during(world.engine.startRedrive({ filter: { pipelineId }, stopAtFailureRatio: 1 }));
    if (!started.ok && started.reason !== 'under-way') wrongs.push(`liveness: ${started.reason}`);
    await world.clock.run(HEALED_MS / 10);
  }
  const left = (await lettersOf(world)).length;
  if (left > 0) wrongs.push(`liveness: ${left} letters were not redriven`);
  const [job] = world.engine.redrives(pipelineId);
  if (job?.state !== 'done') wrongs.push(`liveness: the redrive is ${job?.state}: ${job?.detail}`);
  if (job !== undefined && job.left + job.redriven + job.gone + job.refused !== job.letters)
    wrongs.push(`a redrive lost count: ${JSON.stringify(job)}`);
  const depth = (await world.engine.figures(pipelineId))?.totals.depth ?? -1;
  if (depth !== 0) wrongs.push(`liveness: ${depth} messages are not worked on`);
  await look();
  for (const failure of world.failures) wrongs.push(`failed: ${String(failure)}`);
  return { wrongs, delivered: new Set(bodyIds(target.effects)).size, discarded: await goneForGood(world.store) };
}

/** Effects come with success alone: what is delivered and comes again was in hand at a death. */
function reactionAt(at: number, chance: Dice): Reaction {
  const afterMs = chance.between(1, 400);
  if (at >= ROUGH_MS) return { afterMs: 1 };
  return chance.oneOf<Reaction>([{ status: 400, afterMs }, { status: 500, afterMs }, { afterMs }, { afterMs }]);
}

/** Ids of messages that were accepted until now. */
function sendAtRandom(world: World, dice: Dice, drawing: string): () => Promise<readonly string[]> {
  const accepted: string[] = [];
  if (drawing.startsWith('tick')) {
    return async () => {
      const cursor = Number((await world.store.cursor('simulated/tick')) ?? 0);
      return Array.from({ length: cursor }, (_, n) => `t${n}`);
    };
  }
  for (let n = 0; n < MESSAGES; n += 1) {
    const body = { id: `m${n}`, key: `k${n % 5}` };
    const send = async (): Promise<void> => {
      const answer = await world.send(body);
      if (answer?.ok === true) accepted.push(body.id);
      else world.clock.setTimer(500, () => void send());
    };
    world.clock.setTimer(dice.between(1, ROUGH_MS / 2), () => void send());
  }
  return () => Promise.resolve(accepted);
}

async function actByHand(world: World, hands: Hands): Promise<void> {
  const { dice } = hands;
  const { engine } = world;
  const letters = await world.store.deadLetters({ pipelineId, limit: 20 });
  const letter = letters.length === 0 ? undefined : dice.oneOf(letters);
  const address = { pipelineId, letterId: letter?.id ?? 'none' };
  const act = dice.between(0, 11);
  if (act <= 3) {
    const times = dice.between(1, 3);
    await Promise.all(Array.from({ length: times }, () => engine.redriveDeadLetter(address)));
  } else if (act <= 6) {
    await engine.startRedrive({
      filter: { pipelineId, ...(dice.chance(0.5) && letter !== undefined ? { cause: letter.cause } : {}) },
      ...(dice.chance(0.5) ? { canary: dice.between(1, 5) } : {}),
      ...(dice.chance(0.5) ? { perSecond: dice.oneOf([1, 20]) } : {}),
      stopAtFailureRatio: dice.oneOf([0.2, 1]),
    });
  } else if (act === 7) {
    const [job] = engine.redrives(pipelineId);
    engine.cancelRedrive({ pipelineId, jobId: job?.id ?? '' });
  } else if (act === 8) {
    await engine.editDeadLetter({ ...address, headers: { edited: 'yes' } });
  } else if (act === 9) {
    if (dice.chance(0.2)) await engine.discardDeadLetter(address);
    else if (hands.purges) {
      hands.purging += 1;
      await engine.purge({ pipelineId, wireId: 'w1' });
      hands.purging -= 1;
    }
  } else if (act === 10) {
    if (hands.replays) await engine.replay({ pipelineId, wireId: 'w1', from: 'earliest' });
  } else {
    await engine.pause(pipelineId);
    world.clock.setTimer(dice.between(1, 3_000), () => void engine.resume(pipelineId).catch(() => undefined));
  }
}

async function goneForGood(store: MessageStore): Promise<number> {
  const counts = (await store.cursor(`${pipelineId}/.discarded`)) as Partial<DiscardCounts> | undefined;
  return (counts?.byHand ?? 0) + (counts?.byAge ?? 0) + (counts?.purged ?? 0);
}

/** Where each message is stored. To be called while nothing moves: no process runs, or none has anything to do. */
async function placesOnDisk(store: MessageStore): Promise<ReadonlyMap<string, readonly string[]>> {
  const places = new Map<string, string[]>();
  const note = (place: string, payload: unknown): void => {
    const { id } = payload as { readonly id: string };
    places.set(id, [...(places.get(id) ?? []), place]);
  };
  for (const queue of await store.queues(`${pipelineId}/`))
    for (const { message } of await store.peek({ source: { queue }, limit: 10_000 })) note(queue, message.payload);
  for (const group of await store.groups(`${pipelineId}/`))
    for (const { message } of await store.peek({ source: group, limit: 10_000 })) note(group.group, message.payload);
  for (const { id, message } of await store.deadLetters({ pipelineId, limit: 10_000 }))
    note(`letter ${id}`, message.payload);
  return places;
}
