import { Batch, type SharedEnds } from './batch.ts';
import { checkpoint, type StateEnd } from './checkpoint.ts';
import type { Journal } from './journal.ts';
import type { Link } from './link.ts';
import { makeJournalAgain } from './recover.ts';
import { ServerChangedError } from './server-errors.ts';
import { AcknowledgedDataLostError, StoreClosedError, StoreFailedError } from './store-errors.ts';
import type { StoreState } from './store-state.ts';
import { takeBatch, type Waiting, type Work } from './work.ts';
import { makeWrites, type Write } from './writes.ts';

/** Entries, and bytes of the journal, after which a checkpoint is made. A crash has to read what came after it. */
const CHECKPOINT_AFTER_ENTRIES = 512;
const CHECKPOINT_AFTER_BYTES = 16 * 1024 * 1024;

/**
 * Brings calls into one order and batches of them into the journal. Nobody gets an answer before the journal has
 * everything that it rests on.
 *
 * | state     | event                        | next                                                                  |
 * |-----------|------------------------------|-----------------------------------------------------------------------|
 * | idle      | a work arrives               | working, at the end of the event turn                                 |
 * | working   | a batch is in the journal    | answers are given; its writes are made while the next batch is worked on |
 * | working   | nothing waits                | idle                                                                  |
 * | any       | a write fails for good       | failed: whatever waits or comes is refused                            |
 *
 * A batch is checked in memory, goes to the journal, and is then applied to the streams. Works that ask the server wait
 * until everything before is applied; the others need only memory.
 */
export class CommitLine {
  readonly #link: Link;
  readonly #journal: Journal;
  readonly #state: StoreState;
  readonly #ends: SharedEnds;
  readonly #stateEnd: StateEnd;
  readonly #now: () => number;
  readonly #tellReady: (batch: Batch) => void;
  readonly #onFailure: (error: StoreFailedError) => void;
  readonly #waiting: Waiting[] = [];
  #isWorking = false;
  #end: StoreFailedError | StoreClosedError | undefined;
  #isStopping = false;
  /** The writes of batches that are in the journal. */
  #applied: Promise<void> = Promise.resolve();
  #entriesSinceCheckpoint = 0;
  /** The server whose streams hold what was removed from them. */
  #serverId: string;
  readonly #whenIdle: (() => void)[] = [];

  constructor(options: {
    readonly link: Link;
    readonly journal: Journal;
    readonly state: StoreState;
    readonly ends: SharedEnds;
    readonly stateEnd: StateEnd;
    readonly serverId: string;
    /** Steady time; ms since 1970. */
    readonly now: () => number;
    readonly tellReady: (batch: Batch) => void;
    readonly onFailure: (error: StoreFailedError) => void;
  }) {
    this.#link = options.link;
    this.#journal = options.journal;
    this.#state = options.state;
    this.#ends = options.ends;
    this.#stateEnd = options.stateEnd;
    this.#serverId = options.serverId;
    this.#now = options.now;
    this.#tellReady = options.tellReady;
    this.#onFailure = options.onFailure;
  }

  /** A call that asks the server something. */
  submit<Prepared, Answer>(work: Work<Prepared, Answer>): Promise<Answer> {
    let prepared: { readonly value: Prepared } | undefined;
    return this.#enqueue<Answer>({
      looksAt: work.looksAt,
      changes: work.changes,
      bytes: work.bytes,
      prepare: async () => {
        prepared = { value: await work.prepare() };
      },
      run: (batch) => {
        if (prepared === undefined) throw new Error('A work was run before it was prepared.');
        return work.run(batch, prepared.value);
      },
    });
  }

  /** A call that needs only memory. */
  change<Answer>(changes: readonly string[], run: (batch: Batch) => Answer, bytes = 0): Promise<Answer> {
    return this.#enqueue({ looksAt: [], changes, bytes, prepare: undefined, run });
  }

  /** Reads memory and streams while they agree. */
  read<Answer>(read: () => Answer | Promise<Answer>): Promise<Answer> {
    return this.submit<Answer, Answer>({
      looksAt: [],
      changes: [],
      bytes: 0,
      prepare: async () => read(),
      run: (_, answer) => answer,
    });
  }

  /** Refuses new calls, and resolves when those that were made are done and applied. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#isWorking) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    await this.#applied;
  }

  /** After `stop`: a last change, and a checkpoint. */
  async finish(run: (batch: Batch) => void): Promise<void> {
    if (this.#end !== undefined) return;
    const batch = new Batch(this.#state, this.#ends);
    run(batch);
    batch.apply({ effect: 'time-passed', to: this.#now() });
    await this.#journal.append({ effects: batch.effects, writes: batch.writes });
    await makeWrites(this.#link, batch.writes);
    await this.#checkpoint();
  }

  /** Ends at once, as the death of the process would. */
  abandon(): void {
    this.#end = new StoreClosedError();
    this.#refuseWaiting(this.#end);
  }

  assertUsable(): void {
    if (this.#end !== undefined) throw this.#end;
    if (this.#isStopping) throw new StoreClosedError();
  }

  #enqueue<Answer>(
    work: Pick<Waiting, 'looksAt' | 'changes' | 'bytes' | 'prepare'> & { readonly run: (batch: Batch) => Answer },
  ): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.assertUsable();
      let give = (): void => undefined;
      this.#waiting.push({
        ...work,
        run: (batch) => {
          const answer = work.run(batch);
          give = () => resolve(answer);
        },
        give: () => give(),
        reject,
      });
      if (this.#isWorking) return;
      this.#isWorking = true;
      setImmediate(() => void this.#work());
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 && this.#end === undefined) {
      const works = takeBatch(this.#waiting);
      try {
        await this.#workOn(works);
      } catch (error) {
        this.#fail(error, works);
      }
    }
    this.#isWorking = false;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #workOn(works: readonly Waiting[]): Promise<void> {
    const refused = new Set<Waiting>(); // each has been told why
    const refuse = (work: Waiting, error: unknown): void => {
      refused.add(work);
      work.reject(error);
    };
    if (works.some((work) => work.prepare !== undefined)) await this.#prepare(works, refuse);
    const batch = new Batch(this.#state, this.#ends);
    for (const work of works) {
      if (refused.has(work)) continue;
      try {
        work.run(batch);
      } catch (error) {
        refuse(work, error); // it has changed nothing; the others are not its concern
      }
    }
    if (!batch.isEmpty) await this.#toJournal(batch);
    for (const work of works) if (!refused.has(work)) work.give();
    this.#tellReady(batch);
    if (
      this.#entriesSinceCheckpoint >= CHECKPOINT_AFTER_ENTRIES ||
      this.#journal.freshBytes >= CHECKPOINT_AFTER_BYTES
    ) {
      await this.#applied;
      await this.#checkpoint();
    }
  }

  /** Lets the works ask, and once more should the server end and start while they do. */
  async #prepare(works: readonly Waiting[], refuse: (work: Waiting, error: unknown) => void): Promise<void> {
    const refused = new Set<Waiting>();
    for (let isToRepeat = true; isToRepeat;) {
      await this.#applied;
      await this.#makeAgainAfterRestart();
      isToRepeat = false;
      const asking = works
        .filter((work) => !refused.has(work))
        .map(async (work) => {
          try {
            await work.prepare?.();
          } catch (error) {
            if (error instanceof ServerChangedError) isToRepeat = true;
            else {
              refused.add(work);
              refuse(work, error);
            }
          }
        });
      await Promise.all(asking);
    }
  }

  async #toJournal(batch: Batch): Promise<void> {
    const to = this.#now();
    if (this.#state.isTimeToNote(to)) batch.apply({ effect: 'time-passed', to });
    await this.#journal.append({ effects: batch.effects, writes: batch.writes });
    this.#entriesSinceCheckpoint += 1;
    await this.#applied; // at most one batch is on its way to the streams
    if (this.#end !== undefined) throw this.#end;
    this.#applied = this.#apply(batch.writes).catch((error: unknown) => this.#fail(error, []));
  }

  async #apply(writes: readonly Write[]): Promise<void> {
    try {
      await makeWrites(this.#link, writes);
    } catch (error) {
      // What a server has lost when it ended may still be in the journal, and so are these writes.
      const mayHelp = error instanceof AcknowledgedDataLostError || error instanceof ServerChangedError;
      if (!mayHelp || this.#link.serverId === this.#serverId) throw error;
      await this.#makeAgainAfterRestart();
    }
  }

  async #checkpoint(): Promise<void> {
    if (this.#end !== undefined) throw this.#end;
    await checkpoint({
      link: this.#link,
      state: this.#state,
      end: this.#stateEnd,
      journalled: this.#journal.last,
      serverId: this.#serverId,
    });
    await this.#journal.checkpointed();
    this.#entriesSinceCheckpoint = 0;
  }

  /** A server that has started again may have forgotten what it had removed. */
  async #makeAgainAfterRestart(): Promise<void> {
    if (this.#end !== undefined) throw this.#end;
    while (this.#link.serverId !== this.#serverId) {
      const { serverId } = this.#link;
      this.#link.trust(serverId);
      try {
        await makeJournalAgain(this.#link, this.#journal, 0);
        this.#serverId = serverId;
      } catch (error) {
        if (!(error instanceof ServerChangedError)) throw error;
      }
    }
  }

  #fail(error: unknown, works: readonly Waiting[]): void {
    const isFirst = this.#end === undefined;
    const end = (this.#end ??= new StoreFailedError(error));
    for (const { reject } of works) reject(end);
    this.#refuseWaiting(end);
    if (isFirst && end instanceof StoreFailedError) this.#onFailure(end);
  }

  #refuseWaiting(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
