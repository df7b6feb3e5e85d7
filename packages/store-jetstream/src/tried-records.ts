import type { Batch } from './batch.ts';
import { NEVER_TRIED, type Place, type Tried } from './effects.ts';
import type { Link, Stored } from './link.ts';
import type { QueueState } from './queue-state.ts';
import { triedSubject } from './streams.ts';

/** What stands on the server of a message of a queue that came back. */
interface TriedRecord extends Tried, Omit<Place, 'isTried'> {}

/** Records that are read at once. */
const PAGE = 256;

/** Without the time until which it waited: who asks has it in hand. */
export async function readTried(link: Link, queue: number, position: number): Promise<Tried> {
  const { attempts, crashes, history } = (await lookAtTried(link, queue, position)) ?? NEVER_TRIED;
  return { attempts, crashes, history };
}

export async function lookAtTried(link: Link, queue: number, position: number): Promise<Tried | undefined> {
  const stored = await link.last('records', triedSubject(queue, position));
  return stored === undefined ? undefined : decode(stored);
}

export function putTried(
  batch: Batch,
  queue: number,
  { place, tried }: { readonly place: Omit<Place, 'isTried'>; readonly tried: Tried },
): void {
  const { position, kind, bytes, enqueuedAt } = place;
  const record: TriedRecord = { position, kind, bytes, enqueuedAt, ...tried };
  batch.put('records', triedSubject(queue, position), JSON.stringify(record));
}

export function forgetTried(batch: Batch, queue: number, position: number | '*'): void {
  batch.forget('records', triedSubject(queue, position));
}

/** Makes known what is due first, when the window is empty and more waits outside. */
export async function fillWindow(link: Link, queue: QueueState): Promise<void> {
  const all: (Place & { readonly dueAt: number })[] = [];
  for (let from = 1; ;) {
    const page = await link.read('records', from, { filter: triedSubject(queue.number, '*'), max: PAGE });
    for (const stored of page) {
      const { position, kind, bytes, enqueuedAt, dueAt } = decode(stored);
      if (dueAt !== undefined) all.push({ position, kind, bytes, enqueuedAt, isTried: true, dueAt });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    from = last.sequence + 1;
  }
  queue.fillWindow(all);
}

function decode({ text }: Stored): TriedRecord {
  return JSON.parse(text) as TriedRecord; // written by `putTried`
}
