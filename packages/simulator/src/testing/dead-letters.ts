import type { DeadLetter, RedriveJob } from '@sluice/engine';
import { aPipeline, running } from './plain-world.ts';
import { scriptedTarget, type ScriptedTarget } from './scripted-target.ts';

/** Helpers of tests that make dead letters and send them on their way again. */

type World = Awaited<ReturnType<typeof running>>;

const pipelineId = 'simulated';

/** Newest first. */
export function lettersOf({ store }: World): Promise<readonly DeadLetter[]> {
  return store.deadLetters({ pipelineId, limit: 10_000 });
}

/** `id` of each payload. */
export function bodyIds(calls: readonly { readonly body: { readonly id: string } }[]): readonly string[] {
  return calls.map(({ body }) => body.id);
}

/** A target that refuses everything for good until it is repaired. */
export function brokenTarget(afterMs = 1): ScriptedTarget & { repair(): void } {
  let isRepaired = false;
  return {
    ...scriptedTarget(() => (isRepaired ? { afterMs } : { status: 400, afterMs })),
    repair() {
      isRepaired = true;
    },
  };
}

/** Sends `m0`, `m1`, ... one after the other. */
export async function sendAll(world: World, count: number, more: (n: number) => object = () => ({})): Promise<void> {
  for (let n = 0; n < count; n += 1) await world.during(world.send({ id: `m${n}`, ...more(n) }));
}

/** So many dead letters of the one pull wire, `m0` the oldest. */
export async function withLetters(count: number, settings: Parameters<typeof aPipeline>[1] = {}, afterMs = 1) {
  const target = brokenTarget(afterMs);
  const world = await running(aPipeline('in -pull-> call', settings), { target });
  await sendAll(world, count);
  await world.clock.run(60_000);
  return { world, target };
}

export async function redriveAll(world: World, more: object = {}): Promise<RedriveJob> {
  const started = await world.during(world.engine.startRedrive({ filter: { pipelineId }, ...more }));
  if (!started.ok) throw new Error(`Refused: ${started.reason}`);
  return started.job;
}

/** The newest redrive. */
export function jobOf(world: World): RedriveJob {
  const [job] = world.engine.redrives(pipelineId);
  if (job === undefined) throw new Error('There is no redrive');
  return job;
}

/** Lets time pass until the newest redrive is over. */
export function redriveOver(world: World): Promise<void> {
  return world.clock.runUntil(() => jobOf(world).endedAt !== undefined, 600_000);
}
