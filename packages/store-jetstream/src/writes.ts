import { type Link, type Stored } from './link.ts';
import { AcknowledgedDataLostError } from './store-errors.ts';
import type { StreamName } from './streams.ts';

/** One change of a stream. Each names what it means by number, so that making it twice is as making it once. */
export type Write =
  | { readonly do: 'make'; readonly stream: StreamName }
  | {
      readonly do: 'put';
      readonly stream: StreamName;
      readonly sequence: number;
      readonly subject: string;
      readonly text: string;
    }
  | { readonly do: 'remove'; readonly stream: StreamName; readonly sequence: number }
  /** Removes what stands before a number: of one subject where a filter is named. */
  | { readonly do: 'remove-before'; readonly stream: StreamName; readonly sequence: number; readonly filter?: string }
  /** Removes what stands before a number, except these. */
  | { readonly do: 'keep-only'; readonly stream: StreamName; readonly before: number; readonly kept: readonly number[] }
  | { readonly do: 'drop'; readonly stream: StreamName };

/**
 * Makes the changes, again from the first one when the server was away. Puts come before removals, for the server takes
 * the two kinds on different ways: a removal could overtake the put that it undoes.
 */
export async function makeWrites(link: Link, writes: readonly Write[]): Promise<void> {
  if (writes.length === 0) return;
  await link.persist(async () => {
    const dropped = new Set(writes.flatMap((write) => (write.do === 'drop' ? [write.stream] : [])));
    const live = writes.filter((write) => !dropped.has(write.stream));
    await inParallel(live, 'make', (write) => link.makeStream(write.stream));
    await inParallel(live, 'put', (write) => link.put(write.stream, write));
    await Promise.all([
      inParallel(live, 'remove', (write) => link.remove(write.stream, write.sequence)),
      inParallel(live, 'remove-before', (write) => link.removeBefore(write.stream, write.sequence, write.filter)),
      inParallel(live, 'keep-only', (write) => keepOnly(link, write)),
      inParallel(writes, 'drop', (write) => link.dropStream(write.stream)),
    ]);
  });
}

/** Where streams begin and end; `undefined` for those that are not there. */
export type StreamEnds = Map<StreamName, { readonly first: number; readonly last: number } | undefined>;

/**
 * Makes writes that may have been made already, in whole or in part. Where the streams begin and end tells most of those
 * that were made, so that a long journal is gone through quickly.
 */
export async function makeWritesAgain(link: Link, writes: readonly Write[], known: StreamEnds): Promise<void> {
  for (const stream of new Set(writes.map((write) => write.stream)))
    if (!known.has(stream)) known.set(stream, await link.ends(stream));
  await makeWrites(
    link,
    writes.filter((write) => isMissing(write, known)),
  );
}

/** Notes in `known` what the write will do. */
function isMissing(write: Write, known: StreamEnds): boolean {
  const ends = known.get(write.stream);
  switch (write.do) {
    case 'make':
      if (ends === undefined) known.set(write.stream, { first: 1, last: 0 });
      return ends === undefined;
    case 'put':
      // A stream that is not there, and that the journal does not make, was dropped later on.
      if (ends === undefined || ends.last >= write.sequence) return false;
      if (ends.last < write.sequence - 1)
        throw new AcknowledgedDataLostError(write.stream, { acknowledged: write.sequence - 1, found: ends.last });
      known.set(write.stream, { first: ends.first, last: write.sequence });
      return true;
    case 'remove':
      return ends !== undefined && ends.first <= write.sequence;
    case 'remove-before':
      return ends !== undefined && ends.first < write.sequence;
    case 'keep-only':
    case 'drop':
      return ends !== undefined;
  }
}

type Kind<Do extends Write['do']> = Extract<Write, { readonly do: Do }>;

/** All writes of one kind, sent in order without waiting in between. */
async function inParallel<Do extends Write['do']>(
  writes: readonly Write[],
  kind: Do,
  make: (write: Kind<Do>) => Promise<unknown>,
): Promise<void> {
  const isKind = (write: Write): write is Kind<Do> => write.do === kind;
  const made = await Promise.allSettled(writes.filter(isKind).map(make));
  const failed = made.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason; // the first: those after it may have failed because of it
}

/** Messages that are read at once, when what is to be removed is not all of it. */
const PAGE = 256;

async function keepOnly(link: Link, { stream, before, kept }: Kind<'keep-only'>): Promise<void> {
  const keep = new Set(kept);
  const from = Math.min(before, ...kept);
  await link.removeBefore(stream, from);
  for (let at = from; ;) {
    const page: readonly Stored[] = await link.read(stream, at, { filter: `${stream.replace('-', '.')}.>`, max: PAGE });
    const wanted = page.filter(({ sequence }) => sequence < before && !keep.has(sequence));
    await Promise.all(wanted.map(({ sequence }) => link.remove(stream, sequence)));
    const last = page.at(-1);
    if (last === undefined || last.sequence >= before || page.length < PAGE) return;
    at = last.sequence + 1;
  }
}
