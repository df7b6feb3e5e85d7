import type { Batch } from './batch.ts';

/** A call, as the line sees it. */
export interface Work<Prepared, Answer> {
  /** Things that `prepare` looks at. No work before this one in its batch may have changed them. `*` stands for all. */
  readonly looksAt: readonly string[];
  /** Things that `run` may change. */
  readonly changes: readonly string[];
  /** What it holds in memory while it waits, in bytes. */
  readonly bytes: number;
  /** Asks the server, when everything before is applied there. Changes nothing. */
  readonly prepare: () => Promise<Prepared>;
  /** Checks itself against memory and adds its changes to the batch, all or (when it throws) nothing. */
  readonly run: (batch: Batch, prepared: Prepared) => Answer;
}

/** A work in the line, with its types forgotten. */
export interface Waiting {
  readonly looksAt: readonly string[];
  readonly changes: readonly string[];
  readonly bytes: number;
  /** Absent when it asks nothing of the server. */
  readonly prepare: (() => Promise<void>) | undefined;
  readonly run: (batch: Batch) => void;
  /** Gives the answer that `run` has made. */
  readonly give: () => void;
  readonly reject: (error: unknown) => void;
}

/** One entry of the journal takes at most this much, so that nobody waits long behind others. */
const BATCH_WORKS_MAX = 1_024;
const BATCH_BYTES_MAX = 1024 * 1024;

/** Takes from the front of the line as many works as can share a batch. */
export function takeBatch(line: Waiting[]): readonly Waiting[] {
  const changed = new Set<string>();
  let count = 0;
  let bytes = 0;
  for (const work of line) {
    const isFull = count >= BATCH_WORKS_MAX || bytes + work.bytes > BATCH_BYTES_MAX;
    if (count > 0 && (isFull || work.looksAt.some((thing) => isChanged(thing, changed, count)))) break;
    for (const thing of work.changes) changed.add(thing);
    count += 1;
    bytes += work.bytes;
  }
  return line.splice(0, count);
}

function isChanged(thing: string, changed: ReadonlySet<string>, before: number): boolean {
  return thing === '*' ? before > 0 : changed.has(thing) || changed.has('*');
}
