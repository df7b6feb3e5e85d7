import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random.ts';
import { wrongsOfHistory } from '../testing/check-history.ts';
import { createHistory } from '../testing/history.ts';
import { aPipeline, firstDeployed, plainWorld } from '../testing/plain-world.ts';
import { diceOf } from '../testing/random-pipeline.ts';
import { scriptedTarget, type Reaction } from '../testing/scripted-target.ts';

const SEEDS = 60;
const ORDERS = 12;
const ROUGH_MS = 8_000;

const drawing = `in -pull-> steps:run -pull-> call:done
  run.undone -pull-> call:undone
  run.charge -push-> call-on:charge
  run.reserve -push-> call-on:reserve
  run.ship -push-> call-on:ship
  run.undo-charge -push-> call-on:undo-charge
  run.undo-reserve -push-> call-on:undo-reserve`;

/** Orders through a coordinator while targets fail, the disk fails and the process dies; then everything is well. */
async function roughOrders(seed: number) {
  const plan = diceOf(createSeededRandom(seed, 'plan'));
  const chance = diceOf(createSeededRandom(seed, 'target'));
  const failures = plan.oneOf([0, 0.1, 0.4]);
  const target = scriptedTarget(({ at, url, body }): Reaction => {
    const afterMs = chance.between(1, 40);
    // Some orders cannot be shipped, at whatever try.
    if (url === 'http://ship' && (body as { input: { n: number } }).input.n % 4 === 3) return { status: 422, afterMs };
    if (at > ROUGH_MS || !chance.chance(failures)) return { afterMs };
    return chance.oneOf<Reaction>([
      { status: 500, afterMs },
      { status: 500, afterMs, effect: true },
      { status: 0, afterMs, effect: true },
    ]);
  });
  const history = createHistory();
  const calm = { work: { breaker: { minimumCalls: 10_000 } } };
  const document = aPipeline(drawing, {
    w1: { queue: { visibility: '2s', ...(plan.chance(0.5) ? { orderBy: 'key' } : {}) } },
    run: {
      config: { together: plan.chance(0.5) },
      work: { workers: plan.between(1, 6), retry: { attempts: 6, base: '50ms', cap: '300ms' } },
    },
    ...Object.fromEntries(
      ['done', 'undone', 'charge', 'reserve', 'ship', 'undo-charge', 'undo-reserve'].map((id) => [
        id,
        { config: { url: `http://${id}` }, ...calm },
      ]),
    ),
  });
  const world = plainWorld({
    seed,
    target,
    supervisedAfterMs: 200,
    disk: { commitMs: [0, 5], answerMs: [0, 3], leaseMs: [0, 2], errors: plan.chance(0.4) ? 0.01 : 0 },
    watch: (store) => history.watching(store, () => world.clock.monotonicMs()),
  });
  await firstDeployed(world, document);
  for (let count = plan.between(0, 3); count > 0; count -= 1) {
    world.clock.setTimer(plan.between(50, ROUGH_MS), () => {
      if (!world.isUp()) return;
      world.crash(plan.oneOf([0, 1]));
      world.clock.setTimer(plan.between(0, 500), () => void world.restart());
    });
  }
  const accepted = new Set<string>();
  const send = async (n: number): Promise<void> => {
    for (;;) {
      const answer = await world.send({ id: `o${n}`, n, key: `k${n % 3}` });
      if (answer?.ok === true) break;
      await new Promise<void>((resolve) => world.clock.setTimer(200, resolve));
    }
    accepted.add(`o${n}`);
  };
  for (let n = 0; n < ORDERS; n += 1) {
    world.clock.setTimer(plan.between(0, 3_000), () => void send(n));
  }
  await world.clock.run(ROUGH_MS + 120_000);
  return { world, target, history, accepted };
}

describe('C2 C3 K2 K4 orders through a coordinator, whatever fails', () => {
  it.each(Array.from({ length: SEEDS }, (_, index) => index + 1))(
    'end once, one way or the other, seed %i',
    async (seed) => {
      const { world, target, history, accepted } = await roughOrders(seed);
      expect(world.failures).toEqual([]);
      expect(accepted.size).toBe(ORDERS);
      const letters = await world.store.deadLetters({ pipelineId: 'simulated', limit: 100 });
      const dead = new Set(letters.map(({ message }) => (message.payload as { readonly id?: string }).id));
      const effects = (to: string, id: string): readonly string[] =>
        target.effects
          .filter(({ url, body }) => url === `http://${to}` && body.input?.id === id)
          .map((call) => call.id);

      for (const id of accepted) {
        const [done, undone] = [effects('done', id), effects('undone', id)];
        if (dead.has(id)) continue;
        // Either way, and not both; a repeat outside carries the same key.
        expect(new Set(done).size + new Set(undone).size, id).toBe(1);
        for (const step of ['charge', 'reserve', 'ship', 'undo-charge', 'undo-reserve'])
          expect(new Set(effects(step, id)).size, `${step} of ${id}`).toBeLessThanOrEqual(1);
        if (done.length > 0) {
          for (const step of ['charge', 'reserve', 'ship']) expect(effects(step, id).length, step).toBeGreaterThan(0);
          for (const step of ['undo-charge', 'undo-reserve']) expect(effects(step, id), step).toEqual([]);
        } else {
          for (const step of ['charge', 'reserve'])
            if (effects(step, id).length > 0) expect(effects(`undo-${step}`, id).length, step).toBeGreaterThan(0);
        }
      }
      expect(await wrongsOfHistory(history.entries, world.store)).toEqual([]);
    },
  );
});
