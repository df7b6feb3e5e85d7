import fc from 'fast-check';
import { expect } from 'vitest';
import type { CommitResult, Lease, LeaseResult, StoreOperation } from '../../ports/message-store.ts';
import {
  ack,
  append,
  commitAll,
  GROUP,
  groupSource,
  LEASE_MS,
  leaseUpTo,
  LOG,
  NO_LIMIT,
  publish,
  QUEUE,
  queueSource,
  release,
  remember,
  retry,
} from './builders.ts';
import {
  aModelMessage,
  heldBy,
  type ModelMessage,
  type ModelTime,
  readyForGroup,
  readyOnQueue,
  stateOf,
  type StoreModel,
  takeBack,
  triesOf,
} from './model-state.ts';
import type { Subject } from './subject.ts';

type ModelCommand = fc.AsyncCommand<StoreModel, Subject>;
type History = Iterable<ModelCommand>;

export function modelCommands(options: { readonly restarts: boolean }): fc.Arbitrary<History> {
  const which = fc.nat({ max: 8 });
  const group = fc.constantFrom(undefined, undefined, 'g', 'h');
  const delayMs = fc.constantFrom(0, 1_000, 40_000);
  const kinds: fc.Arbitrary<ModelCommand>[] = [
    group.map((name) => command(`append(${name})`, (model, real) => appendOne(model, real, name))),
    fc
      .integer({ min: 1, max: 3 })
      .map((limit) => command(`appendWithin(${limit})`, (model, real) => appendWithin(model, real, limit))),
    fc.constant(command('publish', publishOne)),
    fc
      .integer({ min: 1, max: 4 })
      .map((max) => command(`lease(${max})`, (model, real) => leaseFromQueue(model, real, max))),
    fc
      .integer({ min: 1, max: 4 })
      .map((max) => command(`leaseForGroup(${max})`, (model, real) => leaseForGroup(model, real, max))),
    which.map((index) => command(`ack(${index})`, (model, real) => settle(model, real, { index, kind: 'ack' }))),
    which.map((index) =>
      command(`ack(${index}) with output`, (model, real) => settle(model, real, { index, kind: 'ack', output: true })),
    ),
    which.map((index) =>
      command(`release(${index})`, (model, real) => settle(model, real, { index, kind: 'release' })),
    ),
    fc
      .tuple(which, delayMs)
      .map(([index, ms]) =>
        command(`retry(${index}, ${ms})`, (model, real) => settle(model, real, { index, kind: 'retry', delayMs: ms })),
      ),
    which.map((index) => command(`extend(${index})`, (model, real) => extend(model, real, index))),
    fc
      .constantFrom('k1', 'k2')
      .map((key) => command(`appendOnce(${key})`, (model, real) => appendOnce(model, real, key))),
    fc
      .constantFrom(500, LEASE_MS - 500, LEASE_MS)
      .map((ms) => command(`advance(${ms})`, async (_, { clock }) => clock.advance(ms))),
    fc.constant(command('purge', purge)),
  ];
  if (options.restarts) {
    kinds.push(
      fc
        .constantFrom('close' as const, 'crash' as const)
        .map((how) => command(how, (model, real) => restart(model, real, how))),
    );
  }
  return fc.commands(kinds, { maxCommands: 60, size: 'max' });
}

function command(name: string, run: (model: StoreModel, real: Subject) => Promise<void>): ModelCommand {
  return {
    check: () => true,
    async run(model, real) {
      await run(model, real);
      await compare(model, real);
    },
    toString: () => name,
  };
}

/** Everything that can be seen of the store must agree with the model. */
async function compare(model: StoreModel, { store, clock }: Subject): Promise<void> {
  const time = timeOf(clock);
  const places = [
    { messages: model.queue, source: { queue: QUEUE } },
    { messages: model.unread, source: { log: LOG, group: GROUP } },
  ];
  for (const { messages, source } of places) {
    const backlog = await store.backlog(source);
    const countOf = (state: string): number => messages.filter((message) => stateOf(message, time) === state).length;
    expect(backlog).toMatchObject({
      messages: messages.length,
      inHand: countOf('in-hand'),
      delayed: countOf('delayed'),
    });
    const peeked = await store.peek({ source, limit: 100 });
    expect(peeked.map(({ message, state, attempts, dueAt }) => ({ id: message.id, state, attempts, dueAt }))).toEqual(
      messages.map((message) => ({
        id: message.id,
        state: stateOf(message, time),
        attempts: triesOf(message),
        dueAt: message.dueAt,
      })),
    );
  }
}

function timeOf(clock: Subject['clock']): ModelTime {
  return { now: clock.now(), monotonicMs: clock.monotonicMs() };
}

async function appendOne(model: StoreModel, { store }: Subject, group: string | undefined): Promise<void> {
  const id = nextId(model);
  await commitAll(store, append(id, group === undefined ? {} : { group }));
  model.queue.push(aModelMessage(id, group));
}

async function appendWithin(model: StoreModel, { store }: Subject, messages: number): Promise<void> {
  const id = nextId(model);
  const result = await store.commit([append(id, { limit: { ...NO_LIMIT, messages } })]);
  if (model.queue.length >= messages) expect(result).toEqual({ ok: false, reason: 'full', at: QUEUE });
  else {
    expect(result).toEqual({ ok: true });
    model.queue.push(aModelMessage(id, undefined));
  }
}

async function appendOnce(model: StoreModel, { store, clock }: Subject, key: string): Promise<void> {
  const id = nextId(model);
  const expiresAt = clock.now() + 45_000;
  const result = await store.commit([append(id), remember(key, id, expiresAt)]);
  const known = model.keys.get(key);
  if (known !== undefined && known.expiresAt > clock.now()) {
    expect(result).toEqual({ ok: false, reason: 'duplicate', messageId: known.messageId });
    return;
  }
  expect(result).toEqual({ ok: true });
  model.keys.set(key, { messageId: id, expiresAt });
  model.queue.push(aModelMessage(id, undefined));
}

async function publishOne(model: StoreModel, { store }: Subject): Promise<void> {
  const id = nextId(model);
  await commitAll(store, publish(id));
  model.unread.push(aModelMessage(id, undefined));
}

function nextId(model: StoreModel): string {
  model.appended += 1;
  return `m${model.appended}`;
}

async function leaseFromQueue(model: StoreModel, { store, clock }: Subject, max: number): Promise<void> {
  const time = timeOf(clock);
  const ready = readyOnQueue(model, time);
  const result = await leaseUpTo(store, max, queueSource());
  expect(result.leases).toHaveLength(Math.min(max, ready.length));
  const taken = result.leases.map((lease) => {
    const message = ready.find(({ id }) => id === lease.message.id);
    if (message === undefined) throw new Error(`${lease.message.id} was not ready.`);
    return message;
  });
  // In order of arrival, as far as retries allow.
  expect(taken.map(({ id }) => id)).toEqual(ready.filter((message) => taken.includes(message)).map(({ id }) => id));
  const untried = (messages: readonly ModelMessage[]): readonly string[] =>
    messages.filter((message) => triesOf(message) === 0).map(({ id }) => id);
  expect(untried(ready).slice(0, untried(taken).length)).toEqual(untried(taken));
  hold(model, { taken, result, time });
  if (result.leases.length < max) expect(result.nextDueAt).toBe(earliest(model.queue, time));
}

async function leaseForGroup(model: StoreModel, { store, clock }: Subject, max: number): Promise<void> {
  const time = timeOf(clock);
  const taken = readyForGroup(model, time).slice(0, max);
  const result = await leaseUpTo(store, max, groupSource());
  expect(result.leases.map((lease) => lease.message.id)).toEqual(taken.map(({ id }) => id));
  const head = model.unread[0];
  if (head !== undefined && stateOf(head, time) !== 'in-hand') {
    for (const message of model.unread) {
      if (taken.includes(message)) continue;
      takeBack(message, {
        asAttempt: message.held !== undefined && message.held.endsAtMs <= time.monotonicMs,
        asCrash: false,
      });
    }
  }
  hold(model, { taken, result, time });
  if (taken.length === 0)
    expect(result.nextDueAt).toBe(head === undefined || head.held !== undefined ? undefined : head.dueAt);
}

function hold(
  model: StoreModel,
  hands: { readonly taken: readonly ModelMessage[]; readonly result: LeaseResult; readonly time: ModelTime },
): void {
  for (const [index, message] of hands.taken.entries()) {
    const lease = hands.result.leases[index] as Lease; // as many as were taken
    takeBack(message, {
      asAttempt: message.held !== undefined && message.held.endsAtMs <= hands.time.monotonicMs,
      asCrash: false,
    });
    expect(lease).toMatchObject({ message: { attempt: message.attempts + 1 }, crashes: message.crashes });
    expect(lease.history).toHaveLength(Math.min(message.failures, 20));
    for (const earlier of model.leases) {
      if (earlier.message.id === message.id) expect(lease.token).toBeGreaterThan(earlier.token);
    }
    message.dueAt = undefined;
    message.held = { lease, endsAtMs: hands.time.monotonicMs + LEASE_MS };
    model.leases.push(lease);
  }
}

function earliest(messages: readonly ModelMessage[], time: ModelTime): number | undefined {
  const dueTimes = messages.flatMap(({ dueAt }) => (dueAt !== undefined && dueAt > time.now ? [dueAt] : []));
  return dueTimes.length === 0 ? undefined : Math.min(...dueTimes);
}

interface SettleRequest {
  /** Counted back from the newest lease. */
  readonly index: number;
  readonly kind: 'ack' | 'release' | 'retry';
  readonly delayMs?: number;
  readonly output?: boolean;
}

async function settle(model: StoreModel, { store, clock }: Subject, request: SettleRequest): Promise<void> {
  const lease = model.leases.at(-1 - request.index);
  if (lease === undefined) return;
  const dueAt = clock.now() + (request.delayMs ?? 0);
  const operation: StoreOperation =
    request.kind === 'ack' ? ack(lease) : request.kind === 'release' ? release(lease) : retry(lease, dueAt);
  const output = request.output === true ? nextId(model) : undefined;
  const result = await store.commit(output === undefined ? [operation] : [operation, append(output)]);
  const message = heldBy(model, lease);
  const isTooEarly = request.kind === 'ack' && lease.source.kind === 'group' && message !== model.unread[0];
  const expected: CommitResult =
    message === undefined || isTooEarly ? { ok: false, reason: 'lease-lost', lease } : { ok: true };
  expect(result).toEqual(expected);
  if (message === undefined || !result.ok) return;
  if (request.kind !== 'ack' && lease.source.kind === 'group') {
    // What was handed out after it is taken back too.
    for (const later of model.unread.slice(model.unread.indexOf(message) + 1))
      takeBack(later, { asAttempt: false, asCrash: false });
  }
  takeBack(message, { asAttempt: request.kind === 'retry', asCrash: false });
  if (request.kind === 'retry') {
    message.failures += 1;
    message.dueAt = dueAt;
  }
  if (request.kind === 'ack') {
    model.queue = model.queue.filter((other) => other !== message);
    model.unread = model.unread.filter((other) => other !== message);
  }
  if (output !== undefined) model.queue.push(aModelMessage(output, undefined));
}

async function extend(model: StoreModel, { store, clock }: Subject, index: number): Promise<void> {
  const lease = model.leases.at(-1 - index);
  if (lease === undefined) return;
  const extended = await store.extend(lease, LEASE_MS);
  const message = heldBy(model, lease);
  if (message?.held === undefined) expect(extended).toBeUndefined();
  else {
    expect(extended?.expiresAt).toBe(clock.now() + LEASE_MS);
    message.held.endsAtMs = clock.monotonicMs() + LEASE_MS;
  }
}

async function purge(model: StoreModel, { store, clock }: Subject): Promise<void> {
  const time = timeOf(clock);
  const kept = model.queue.filter((message) => stateOf(message, time) === 'in-hand');
  expect(await store.purge(QUEUE)).toBe(model.queue.length - kept.length);
  model.queue = kept;
}

async function restart(model: StoreModel, real: Subject, how: 'close' | 'crash'): Promise<void> {
  const { monotonicMs } = timeOf(real.clock);
  await real.restart(how);
  for (const message of [...model.queue, ...model.unread]) {
    const hasExpired = message.held !== undefined && message.held.endsAtMs <= monotonicMs;
    takeBack(message, { asAttempt: how === 'crash' || hasExpired, asCrash: how === 'crash' });
  }
}
