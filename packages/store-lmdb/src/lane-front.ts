import type { LeaseCall, Taken } from './hand-out.ts';
import { delayedKey, lastNumber, messageKey, readU48, timeInKey } from './keys.ts';
import { decodeMessage } from './message-codec.ts';
import type { Held, Lane, QueueState } from './queue-state.ts';
import { readyEntries, takeBackExpired, takenAt, takeReady, textOf, type Waiting } from './take-waiting.ts';
import { decodeWaitingEntry } from './waiting-entry.ts';
import type { WriteBatch } from './write-batch.ts';

/** Ready and fresh messages are read in chunks of this many: most calls look only at the front of a lane. */
const CHUNK = 16;
/** Of the messages whose retry is due, as many are looked at for old ones. They stand in the order of their due times. */
const DUE_MAX = 1_000;

interface Candidate {
  readonly position: number;
  readonly take: () => Taken;
}

/** The next message of one lane: what has expired, then retries that are due, then what is ready or fresh, by position. */
export class LaneFront {
  readonly #batch: WriteBatch;
  readonly #queue: QueueState;
  readonly #lane: Lane;
  readonly #call: LeaseCall;
  readonly #candidates: Iterator<Candidate>;
  #next: Candidate | undefined;

  constructor(batch: WriteBatch, queue: QueueState, { lane, call }: { readonly lane: Lane; readonly call: LeaseCall }) {
    this.#batch = batch;
    this.#queue = queue;
    this.#lane = lane;
    this.#call = call;
    this.#candidates = this.#all();
    this.#advance();
  }

  /** Of the message that `take` takes; absent when the lane has none. */
  get position(): number | undefined {
    return this.#next?.position;
  }

  take(): Taken {
    if (this.#next === undefined) throw new Error('Nothing in this lane can be handed out.');
    const taken = this.#next.take();
    this.#advance();
    return taken;
  }

  /** When the next retry of the lane becomes due. */
  nextDueAt(): number | undefined {
    if (this.#lane.delayed === 0) return undefined;
    const { number } = this.#lane;
    for (const key of this.#batch.environment.index.getKeys({
      start: delayedKey(number, timeInKey(this.#call.at.now) + 1, 0),
      end: delayedKey(number + 1, 0, 0),
    }))
      if (!this.#queue.held.has(lastNumber(key))) return readU48(key, key.length - 12);
    return undefined;
  }

  #advance(): void {
    const { value, done } = this.#candidates.next();
    this.#next = done === true ? undefined : value;
  }

  *#all(): Generator<Candidate, undefined> {
    for (const held of this.#queue.expired(Infinity))
      if (held.lane === this.#lane && this.#isOldEnough(held))
        yield { position: held.position, take: () => takeBackExpired(this.#batch, this.#queue, held) };
    for (const { dueAt, ...waiting } of this.#due())
      if (this.#isOldEnough(waiting))
        yield { position: waiting.position, take: () => this.#takeDue({ ...waiting, dueAt }) };
    const ready = this.#ready();
    const fresh = this.#fresh();
    let [nextReady, nextFresh] = [ready.next(), fresh.next()];
    while (nextReady.done !== true || nextFresh.done !== true) {
      if (nextFresh.done === true || (nextReady.done !== true && nextReady.value.position < nextFresh.value.position)) {
        yield nextReady.value as Candidate; // one of the two is not done
        nextReady = ready.next();
      } else {
        yield nextFresh.value;
        nextFresh = fresh.next();
      }
    }
  }

  /** Read at once: what is taken of it must not be seen again. */
  #due(): readonly (Waiting & { readonly dueAt: number })[] {
    const lane = this.#lane;
    const due: (Waiting & { readonly dueAt: number })[] = [];
    if (lane.delayed === 0) return due;
    const max = this.#call.enqueuedBefore === undefined ? this.#call.max : DUE_MAX;
    for (const { key, value } of this.#batch.environment.index.getRange({
      start: delayedKey(lane.number, 0, 0),
      end: delayedKey(lane.number, timeInKey(this.#call.at.now) + 1, 0),
    })) {
      const position = lastNumber(key);
      if (this.#queue.held.has(position)) continue; // handed out earlier in this batch
      due.push({ position, lane, dueAt: readU48(key, key.length - 12), ...decodeWaitingEntry(value) });
      if (due.length === max) break;
    }
    return due;
  }

  #takeDue(waiting: Waiting & { readonly dueAt: number }): Taken {
    this.#batch.removeIndex(delayedKey(this.#lane.number, waiting.dueAt, waiting.position));
    this.#lane.delayed -= 1;
    return takenAt(this.#batch.environment, this.#queue, waiting);
  }

  *#ready(): Generator<Candidate, undefined> {
    for (let from = 0; ;) {
      const entries = readyEntries(this.#batch.environment, this.#queue, { lane: this.#lane, from, max: CHUNK });
      for (const entry of entries) {
        if (!this.#isOldEnough(entry)) return undefined;
        yield { position: entry.position, take: () => takeReady(this.#batch, this.#queue, entry) };
        from = entry.position + 1;
      }
      if (entries.length < CHUNK) return undefined;
    }
  }

  *#fresh(): Generator<Candidate, undefined> {
    const lane = this.#lane;
    for (let from = lane.scan; ;) {
      const range = { start: messageKey(lane.number, from), end: messageKey(lane.number + 1, 0), limit: CHUNK };
      const messages = [...this.#batch.environment.messages.getRange(range)];
      for (const { key, value: text } of messages) {
        const position = lastNumber(key);
        if (!this.#isOld(text)) return undefined;
        const take = (): Taken => {
          lane.scan = position + 1;
          return { position, text, lane, group: undefined, tried: undefined };
        };
        yield { position, take };
        from = position + 1;
      }
      if (messages.length < CHUNK) return undefined;
    }
  }

  #isOldEnough(message: Held | Waiting): boolean {
    return (
      this.#call.enqueuedBefore === undefined || this.#isOld(textOf(this.#batch.environment, this.#queue, message))
    );
  }

  #isOld(text: string): boolean {
    const { enqueuedBefore } = this.#call;
    return enqueuedBefore === undefined || decodeMessage(text).enqueuedAt < enqueuedBefore;
  }
}
