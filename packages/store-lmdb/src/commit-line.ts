import type { Environment } from './environment.ts';
import { StoreClosedError, StoreFailedError } from './store-errors.ts';
import type { StoreState } from './store-state.ts';
import { WriteBatch } from './write-batch.ts';

/**
 * Checks itself against memory and adds its writes to the batch, all or (when it throws) nothing. What it returns makes
 * the answer; it is called while the disk is busy, and the answer is given when the batch is on disk.
 */
export type BatchWork<T> = (batch: WriteBatch) => () => T;

interface Waiting {
  readonly work: BatchWork<unknown>;
  readonly bytes: number;
  /** Must be the only work of its batch. */
  readonly isAlone: boolean;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A commit that there is no room for yet. */
interface Unadmitted {
  readonly prepare: () => PreparedWork<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface PreparedWork<T> {
  readonly work: BatchWork<T>;
  /** What it holds in memory while it waits. */
  readonly bytes: number;
}

/** One transaction takes at most this much, so that nobody waits long behind others. */
const BATCH_WORKS_MAX = 4_096;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
/** Encoded commits that wait for the disk. Those beyond wait unencoded, in the hands of their callers. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Group commit. One batch is on its way to disk at a time; what arrives meanwhile makes the next. Works see each other's
 * effects in the order of arrival, and nobody gets an answer before everything that it rests on is on disk.
 *
 * | state    | event                                 | next                                                     |
 * |----------|---------------------------------------|----------------------------------------------------------|
 * | idle     | a work arrives                        | starting: the batch is made at the end of the event turn |
 * | starting | end of the turn                       | writing                                                  |
 * | writing  | batch is on disk                      | writing the next if works have arrived, else idle        |
 * | writing  | write error, or no answer in 30 s     | failed: whatever waits or comes is refused               |
 */
export class CommitLine {
  readonly #environment: Environment;
  readonly #state: StoreState;
  readonly #tellReady: (batch: WriteBatch) => void;
  readonly #onFailure: (error: StoreFailedError) => void;
  #phase: 'idle' | 'starting' | 'writing' | 'failed' = 'idle';
  #failure: StoreFailedError | undefined;
  #isStopped = false;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  readonly #unadmitted: Unadmitted[] = [];
  readonly #reads: (() => void)[] = [];
  readonly #whenIdle: (() => void)[] = [];
  /** Answers of the last batch that is on disk, until they are given. */
  #toGive: { readonly batch: WriteBatch; readonly answers: Answers } | undefined;

  constructor(options: {
    readonly environment: Environment;
    readonly state: StoreState;
    readonly tellReady: (batch: WriteBatch) => void;
    readonly onFailure: (error: StoreFailedError) => void;
  }) {
    this.#environment = options.environment;
    this.#state = options.state;
    this.#tellReady = options.tellReady;
    this.#onFailure = options.onFailure;
  }

  /** Prepares the work as soon as there is room for it: now, as a rule, while the disk is busy with the batch before. */
  writePrepared<T>(prepare: () => PreparedWork<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.assertUsable();
      const settle = { resolve: resolve as (answer: unknown) => void, reject }; // the work answers T
      if (this.#waitingBytes < WAITING_BYTES_MAX && this.#unadmitted.length === 0)
        this.#enqueue({ ...prepare(), isAlone: false, ...settle });
      else this.#unadmitted.push({ prepare, ...settle });
    });
  }

  write<T>(work: BatchWork<T>): Promise<T> {
    return this.writePrepared(() => ({ work, bytes: 0 }));
  }

  /** For works that read what their own batch might have changed. */
  writeAlone<T>(work: BatchWork<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.assertUsable();
      this.#enqueue({ work, bytes: 0, isAlone: true, resolve: resolve as (answer: unknown) => void, reject });
    });
  }

  /** Reads memory and database while they agree: between two batches. */
  read<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.assertUsable();
      const run = (): void => {
        try {
          if (this.#failure !== undefined) throw this.#failure;
          resolve(work());
        } catch (error) {
          reject(error);
        }
      };
      if (this.#phase === 'writing') this.#reads.push(run);
      else run();
    });
  }

  /** Refuses new calls, and resolves when those that were made are done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#phase === 'idle' || this.#phase === 'failed') return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  assertUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isStopped) throw new StoreClosedError();
  }

  #enqueue(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#waitingBytes += waiting.bytes;
    if (this.#phase !== 'idle') return;
    this.#phase = 'starting';
    setImmediate(() => this.#startBatch());
  }

  #startBatch(): void {
    this.#phase = 'writing';
    const works = this.#takeWorks();
    const batch = new WriteBatch(this.#environment, this.#state);
    try {
      const checked = check(works, batch);
      batch.seal();
      const written = batch.size === 0 ? Promise.resolve() : this.#environment.transact(() => batch.write());
      // The disk is busy from here on: time to make the answers.
      const answers = new Answers(checked);
      // lmdb wakes its write thread at the end of this event turn. Then the disk is busy, and there is time to make answers.
      setImmediate(() => answers.make());
      written.then(
        () => this.#finishBatch(batch, answers),
        (error: unknown) => this.#fail(error, works),
      );
    } catch (error) {
      this.#fail(error, works);
    }
  }

  #takeWorks(): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const waiting of this.#waiting) {
      if (count > 0 && (waiting.isAlone || count >= BATCH_WORKS_MAX || bytes + waiting.bytes > BATCH_BYTES_MAX)) break;
      count += 1;
      bytes += waiting.bytes;
      if (waiting.isAlone) break;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  #finishBatch(batch: WriteBatch, answers: Answers): void {
    this.#giveAnswers();
    this.#phase = 'idle';
    for (const run of this.#reads.splice(0)) run();
    this.#toGive = { batch, answers };
    if (this.#waiting.length === 0) this.#giveAnswers();
    else {
      // The next batch first, so that the disk is busy while callers work on with their answers.
      this.#startBatch();
      setImmediate(() => this.#giveAnswers());
    }
    this.#admit();
    if (this.#phase === 'idle') for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #giveAnswers(): void {
    const given = this.#toGive;
    this.#toGive = undefined;
    if (given === undefined) return;
    given.answers.give();
    this.#tellReady(given.batch);
  }

  #admit(): void {
    let admitted = 0;
    for (const { prepare, resolve, reject } of this.#unadmitted) {
      if (this.#waitingBytes >= WAITING_BYTES_MAX) break;
      admitted += 1;
      try {
        this.#enqueue({ ...prepare(), isAlone: false, resolve, reject });
      } catch (error) {
        reject(error);
      }
    }
    this.#unadmitted.splice(0, admitted);
  }

  #fail(error: unknown, works: readonly Waiting[]): void {
    this.#giveAnswers(); // their batch is on disk
    const failure = new StoreFailedError(error);
    this.#failure = failure;
    this.#phase = 'failed';
    for (const { reject } of [...works, ...this.#waiting.splice(0), ...this.#unadmitted.splice(0)]) reject(failure);
    for (const run of this.#reads.splice(0)) run();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
    this.#onFailure(failure);
  }
}

interface Checked {
  readonly waiting: Waiting;
  readonly answer: () => unknown;
}

function check(works: readonly Waiting[], batch: WriteBatch): readonly Checked[] {
  const checked: Checked[] = [];
  for (const waiting of works) {
    try {
      checked.push({ waiting, answer: waiting.work(batch) });
    } catch (error) {
      waiting.reject(error); // it has written nothing; the others are not its concern
    }
  }
  return checked;
}

/** The answers to the works of one batch: made while the disk is busy, given when it is done. */
class Answers {
  readonly #checked: readonly Checked[];
  #settlements: readonly (() => void)[] | undefined;

  constructor(checked: readonly Checked[]) {
    this.#checked = checked;
  }

  make(): readonly (() => void)[] {
    this.#settlements ??= this.#checked.map(({ waiting, answer }) => {
      try {
        const value = answer();
        return () => waiting.resolve(value);
      } catch (error) {
        return () => waiting.reject(error);
      }
    });
    return this.#settlements;
  }

  give(): void {
    for (const settle of this.make()) settle();
  }
}
