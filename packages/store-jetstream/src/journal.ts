import { randomUUID } from 'node:crypto';
import { cut } from './cut.ts';
import type { Effect } from './effects.ts';
import type { Link, Stored } from './link.ts';
import { AcknowledgedDataLostError, OwnershipLostError } from './store-errors.ts';
import { JOURNAL_SUBJECT } from './streams.ts';
import type { Write } from './writes.ts';

/** What one message of the journal says: all of a batch, or nothing. */
export interface JournalEntry {
  readonly effects: readonly Effect[];
  readonly writes: readonly Write[];
}

/**
 * As it stands in the journal: a line with id, number of the part and of parts, then its text. What does not fit into one
 * message is cut into parts, and counts once all are there.
 */
interface Part {
  /** The same for all parts of an entry, and for nothing else. */
  readonly id: string;
  readonly parts: number;
  readonly text: string;
}

/**
 * How long entries are kept after they have been applied. The server may forget what it has removed when it dies (2.9
 * does, for some seconds) or loses power (until it has synced: every 2 minutes unless told otherwise); at the next start
 * the entries do it again. ms.
 */
const KEPT_MS = 5 * 60_000;
/** At most this much is kept for that reason, in bytes; what is not applied is kept always. */
const KEPT_BYTES = 256 * 1024 * 1024;
/** Bytes of the line before the text of a part. */
const PART_LINE_MAX = 100;
/** Entries that are read at once. */
const PAGE = 16;

interface Kept {
  /** Of the first message after the entries. */
  readonly end: number;
  readonly bytes: number;
  /** On the monotonic clock. */
  readonly at: number;
}

/**
 * The redo journal. An entry is written here first, at the one place where the last entry of this owner left off: once the
 * server has it, it is true, whoever dies; and an owner that has been replaced is refused here.
 */
export class Journal {
  readonly #link: Link;
  readonly #monotonicMs: () => number;
  #next: number;
  /** Applied and checkpointed, oldest first. */
  readonly #kept: Kept[] = [];
  #keptBytes = 0;
  /** Since the last checkpoint. */
  #freshBytes = 0;

  constructor(link: Link, { next, monotonicMs }: { readonly next: number; readonly monotonicMs: () => number }) {
    this.#link = link;
    this.#monotonicMs = monotonicMs;
    this.#next = next;
  }

  /** The number of the last message. */
  get last(): number {
    return this.#next - 1;
  }

  /** Bytes that were added since the last checkpoint. */
  get freshBytes(): number {
    return this.#freshBytes;
  }

  /**
   * Adds an entry. When it resolves the entry is durable, as far as the server keeps what it acknowledges. Rejects with
   * `OwnershipLostError` when somebody else has written, and then nothing was added.
   */
  async append(entry: JournalEntry): Promise<void> {
    const text = JSON.stringify(entry);
    const id = randomUUID();
    const cuts = cut(text, this.#link.textMax - PART_LINE_MAX);
    const parts = cuts.map((one, part) => `${id} ${part} ${cuts.length}\n${one}`);
    const first = this.#next;
    this.#next += parts.length;
    this.#freshBytes += text.length;
    await this.#link.persist(() => this.#putAll(id, first, parts));
  }

  /** The entries behind a message, each with the number of its last message. */
  async *readAfter(after: number): AsyncGenerator<JournalEntry & { readonly end: number }> {
    let collected: Part[] = [];
    for (let from = after + 1; ;) {
      const page = await this.#link.read('journal', from, { filter: JOURNAL_SUBJECT, max: PAGE });
      for (const stored of page) {
        const part = partIn(stored);
        if (part.id !== collected[0]?.id) collected = []; // parts without an end: their owner died
        collected.push(part);
        if (collected.length < part.parts) continue;
        const entry = JSON.parse(collected.map(({ text }) => text).join('')) as JournalEntry; // written by `append`
        collected = [];
        yield { ...entry, end: stored.sequence };
      }
      const last = page.at(-1);
      if (last === undefined || last.sequence >= this.last) return;
      from = last.sequence + 1;
    }
  }

  /** Everything up to now has been applied, and a checkpoint says so. Lets go of what need not be kept any longer. */
  async checkpointed(): Promise<void> {
    this.#kept.push({ end: this.#next, bytes: this.#freshBytes, at: this.#monotonicMs() });
    this.#keptBytes += this.#freshBytes;
    this.#freshBytes = 0;
    const oldest = this.#monotonicMs() - KEPT_MS;
    let end: number | undefined;
    for (let kept = this.#kept[0]; kept !== undefined; kept = this.#kept[0]) {
      if (kept.at > oldest && this.#keptBytes <= KEPT_BYTES) break;
      this.#kept.shift();
      this.#keptBytes -= kept.bytes;
      ({ end } = kept);
    }
    const before = end;
    if (before !== undefined) await this.#link.persist(() => this.#link.removeBefore('journal', before));
  }

  async #putAll(id: string, first: number, parts: readonly string[]): Promise<void> {
    // Without waiting for the part before: each says behind which number it has to stand.
    const put = await Promise.allSettled(
      parts.map((text, index) =>
        this.#link.put('journal', { sequence: first + index, subject: JOURNAL_SUBJECT, text }),
      ),
    );
    for (const [index, result] of put.entries()) {
      if (result.status === 'rejected') throw result.reason;
      // Something is there: ours, when the answer to an earlier try was lost.
      if (result.value.wasThere && !(await this.#isOurs(first + index, id)))
        throw new OwnershipLostError(this.#link.prefix);
    }
  }

  async #isOurs(sequence: number, id: string): Promise<boolean> {
    const stored = await this.#link.get('journal', sequence);
    return stored !== undefined && partIn(stored).id === id;
  }
}

/** Takes over: from here on nobody else can write. The journal of the last owner is as it will stay. */
export async function takeOverJournal(link: Link, monotonicMs: () => number): Promise<Journal> {
  const ends = await link.ends('journal');
  const journal = new Journal(link, { next: (ends?.last ?? 0) + 1, monotonicMs });
  await journal.append({ effects: [], writes: [] });
  return journal;
}

/** Rejects when entries are missing between what a checkpoint says and what is kept. */
export async function assertJournalReaches(link: Link, checkpointed: number): Promise<void> {
  const ends = await link.ends('journal');
  if (ends === undefined || ends.first > checkpointed + 1 || ends.last < checkpointed)
    throw new AcknowledgedDataLostError(`${link.prefix}-journal`, {
      acknowledged: checkpointed,
      found: ends?.last ?? 0,
    });
}

function partIn({ text }: Stored): Part {
  const end = text.indexOf('\n');
  const [id = '', , parts = ''] = text.slice(0, end).split(' ');
  return { id, parts: Number(parts), text: text.slice(end + 1) };
}
