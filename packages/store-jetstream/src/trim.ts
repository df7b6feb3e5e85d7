import type { TrimRequest } from '@sluice/engine';
import type { Batch } from './batch.ts';
import type { Link } from './link.ts';
import type { LogState } from './log-state.ts';
import { decodeInLog, type InLog } from './message-codec.ts';
import { partitionStream } from './streams.ts';

/** Messages that are read at once. */
const PAGE = 256;

/** What goes of each partition. */
export interface Trimming {
  readonly partition: number;
  readonly first: number;
  /** Bytes of what stays. */
  readonly bytes: number;
  readonly removed: number;
}

/** Finds what every group has read and what is too old or too much. */
export async function findTrimming(
  link: Link,
  log: LogState,
  { enqueuedBefore, bytes }: { readonly enqueuedBefore: number; readonly bytes: TrimRequest['bytes'] },
): Promise<readonly Trimming[]> {
  const ends = log.partitions.map((_, partition) => new ReadEnd(link, log, partition));
  for (const end of ends)
    for (
      let head = await end.head();
      head !== undefined && head.message.enqueuedAt < enqueuedBefore;
      head = await end.head()
    )
      end.pass(head);
  const kept = (): number => ends.reduce((sum, end) => sum + end.bytes, 0);
  while (kept() > bytes) {
    const oldest = await oldestOf(ends);
    if (oldest === undefined) break;
    oldest.end.pass(oldest.head);
  }
  return ends
    .filter(({ removed }) => removed > 0)
    .map(({ partition, first, bytes: left, removed }) => ({ partition, first, bytes: left, removed }));
}

export function trim(batch: Batch, log: LogState, trimmings: readonly Trimming[]): number {
  let sum = 0;
  for (const { partition, first, bytes, removed } of trimmings) {
    batch.write({ do: 'remove-before', stream: partitionStream(log.number, partition), sequence: first + 1 });
    batch.apply({ effect: 'trimmed', of: log.number, partition, first, bytes });
    sum += removed;
  }
  return sum;
}

async function oldestOf(
  ends: readonly ReadEnd[],
): Promise<{ readonly end: ReadEnd; readonly head: InLog } | undefined> {
  let oldest: { readonly end: ReadEnd; readonly head: InLog } | undefined;
  for (const end of ends) {
    const head = await end.head();
    if (head !== undefined && (oldest === undefined || head.message.enqueuedAt < oldest.head.message.enqueuedAt))
      oldest = { end, head };
  }
  return oldest;
}

/** The old end of a partition, as far as everybody has read it. */
class ReadEnd {
  readonly partition: number;
  readonly #link: Link;
  readonly #log: LogState;
  readonly #readTo: number;
  first: number;
  bytes: number;
  removed = 0;
  #page: InLog[] = [];

  constructor(link: Link, log: LogState, partition: number) {
    this.#link = link;
    this.#log = log;
    this.partition = partition;
    this.#readTo = log.readTo(partition);
    ({ first: this.first, bytes: this.bytes } = log.partition(partition));
  }

  async head(): Promise<InLog | undefined> {
    if (this.first >= this.#readTo) return undefined;
    if (this.#page.length === 0) {
      const count = Math.min(PAGE, this.#readTo - this.first);
      const sequences = Array.from({ length: count }, (_, index) => this.first + index + 1);
      const stored = await this.#link.getAll(partitionStream(this.#log.number, this.partition), sequences);
      this.#page = stored.map(({ text }) => decodeInLog(text));
    }
    const [head] = this.#page;
    if (head === undefined)
      throw new Error(`Offset ${this.first} of partition ${this.partition} of log ${this.#log.id} is missing.`);
    return head;
  }

  pass({ bytes }: InLog): void {
    this.#page.shift();
    this.first += 1;
    this.bytes -= bytes;
    this.removed += 1;
  }
}
