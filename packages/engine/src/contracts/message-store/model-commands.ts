import fc from 'fast-check';
import { LEASE_MS } from './builders.ts';
import { appendOnce, forgetExpired } from './model-keys.ts';
import { giveUpOne, takeOne } from './model-letters.ts';
import { leaseForGroup, publishOne, seek, trim } from './model-log.ts';
import { appendOne, appendWithin, leaseFromQueue, leaseOld, purge } from './model-queue.ts';
import { extend, requireOne, settle } from './model-settle.ts';
import { compare } from './model-compare.ts';
import type { StoreModel } from './model-state.ts';
import { restart } from './model-restart.ts';
import type { Subject } from './subject.ts';

type ModelCommand = fc.AsyncCommand<StoreModel, Subject>;
type Run = (model: StoreModel, real: Subject) => Promise<void>;

export function modelCommands(options: { readonly restarts: boolean }): fc.Arbitrary<Iterable<ModelCommand>> {
  const kinds = [...queueCommands(), ...logCommands(), ...settlements(), ...letterCommands(), ...keyCommands()];
  kinds.push(
    fc
      .constantFrom(500, LEASE_MS - 500, LEASE_MS)
      .map((ms) => command(`advance(${ms})`, async (_, { clock }) => clock.advance(ms))),
  );
  if (options.restarts) {
    kinds.push(
      fc
        .constantFrom('close' as const, 'crash' as const)
        .map((how) => command(how, (model, real) => restart(model, real, how))),
    );
  }
  return fc.commands(kinds, { maxCommands: 60, size: 'max' });
}

function command(name: string, run: Run): ModelCommand {
  return {
    check: () => true,
    async run(model, real) {
      await run(model, real);
      await compare(model, real);
    },
    toString: () => name,
  };
}

const AMOUNT = fc.integer({ min: 1, max: 4 });
/** Counted back from the newest. */
const WHICH = fc.nat({ max: 8 });
const DELAY_MS = fc.constantFrom(0, 1_000, 40_000);

function queueCommands(): fc.Arbitrary<ModelCommand>[] {
  const place = fc.oneof(
    fc.constantFrom({}, {}, { group: 'g' }, { group: 'h', priority: 9 }),
    fc.constantFrom(0, 4, 9).map((priority) => ({ priority })),
  );
  return [
    place.map((at) => command(`append(${JSON.stringify(at)})`, (model, real) => appendOne(model, real, at))),
    AMOUNT.map((limit) => command(`appendWithin(${limit})`, (model, real) => appendWithin(model, real, limit))),
    AMOUNT.map((max) => command(`lease(${max})`, (model, real) => leaseFromQueue(model, real, max))),
    fc
      .tuple(AMOUNT, fc.constantFrom(0, 1_000, LEASE_MS))
      .map(([max, ageMs]) =>
        command(`leaseOld(${max}, ${ageMs})`, (model, real) => leaseOld(model, real, { max, ageMs })),
      ),
    fc.constant(command('purge', purge)),
  ];
}

function logCommands(): fc.Arbitrary<ModelCommand>[] {
  const target = fc.oneof(
    fc.constantFrom('earliest' as const, 'latest' as const),
    fc.nat({ max: 8 }).map((position) => ({ position })),
    fc.constantFrom(500, LEASE_MS, 4 * LEASE_MS).map((ageMs) => ({ ageMs })),
  );
  return [
    fc.constant(command('publish', publishOne)),
    AMOUNT.map((max) => command(`leaseForGroup(${max})`, (model, real) => leaseForGroup(model, real, { max }))),
    fc
      .tuple(AMOUNT, fc.constantFrom(0, LEASE_MS))
      .map(([max, ageMs]) =>
        command(`leaseOldForGroup(${max}, ${ageMs})`, (model, real) => leaseForGroup(model, real, { max, ageMs })),
      ),
    target.map((to) => command(`seek(${JSON.stringify(to)})`, (model, real) => seek(model, real, to))),
    fc.constantFrom(0, LEASE_MS).map((ageMs) => command(`trim(${ageMs})`, (model, real) => trim(model, real, ageMs))),
  ];
}

function settlements(): fc.Arbitrary<ModelCommand>[] {
  return [
    WHICH.map((index) => command(`ack(${index})`, (model, real) => settle(model, real, { index, kind: 'ack' }))),
    WHICH.map((index) =>
      command(`ack(${index}) with output`, (model, real) => settle(model, real, { index, kind: 'ack', output: true })),
    ),
    WHICH.map((index) =>
      command(`release(${index})`, (model, real) => settle(model, real, { index, kind: 'release' })),
    ),
    fc
      .tuple(WHICH, fc.constantFrom('release' as const, 'retry' as const), DELAY_MS)
      .map(([index, kind, delayMs]) =>
        command(`${kind}(${index}, ${delayMs})`, (model, real) => settle(model, real, { index, kind, delayMs })),
      ),
    WHICH.map((index) => command(`require(${index})`, (model, real) => requireOne(model, real, index))),
    WHICH.map((index) => command(`extend(${index})`, (model, real) => extend(model, real, index))),
  ];
}

function letterCommands(): fc.Arbitrary<ModelCommand>[] {
  const id = fc.constantFrom('d1', 'd2', 'd3', 'd4');
  return [
    fc
      .tuple(id, fc.constantFrom('timeout', 'refused'), fc.constantFrom(undefined, 2, 3))
      .map(([letterId, cause, limit]) =>
        command(`giveUp(${letterId}, ${cause}, ${limit})`, (model, real) =>
          giveUpOne(model, real, { letterId, cause, limit }),
        ),
      ),
    id.map((letterId) => command(`takeLetter(${letterId})`, (model, real) => takeOne(model, real, letterId))),
  ];
}

function keyCommands(): fc.Arbitrary<ModelCommand>[] {
  return [
    fc
      .constantFrom('k1', 'k2')
      .map((key) => command(`appendOnce(${key})`, (model, real) => appendOnce(model, real, key))),
    fc.constant(command('forgetExpired', forgetExpired)),
  ];
}
