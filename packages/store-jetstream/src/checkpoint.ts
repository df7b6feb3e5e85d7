import { cut } from './cut.ts';
import type { Link } from './link.ts';
import type { ObjectRecord, StoreState } from './store-state.ts';
import { META_SUBJECT, stateSubject } from './streams.ts';

/** Of the data on the server. A change that older versions cannot read makes it larger. */
export const FORMAT = 1;

/** What a checkpoint rests on. It counts as a whole, or not at all, because this is written last. */
export interface MetaRecord {
  readonly format: number;
  /** The last entry of the journal whose effects the objects hold. */
  readonly journalled: number;
  /** No token up to this one may be given out after a restart. */
  readonly tokens: number;
  readonly nextNumber: number;
  /** How far steady time had come; absent when nothing was ever written. */
  readonly steadyAt?: number;
  /** The server that held the streams. Another one may have forgotten what had been removed. */
  readonly serverId: string;
  /** Where each object stands. */
  readonly objects: readonly (readonly [number: number, version: number, parts: number])[];
}

/** Where the stream of checkpoints ends, and what it holds. */
export interface StateEnd {
  /** The next sequence number. */
  next: number;
  /** Of the next checkpoint. */
  version: number;
  /** By number of the object. */
  readonly objects: Map<number, { readonly version: number; readonly parts: number; readonly sequence: number }>;
}

/** Writes down what has changed since the last checkpoint, so that the journal before it is not needed any more. */
export async function checkpoint(options: {
  readonly link: Link;
  readonly state: StoreState;
  readonly end: StateEnd;
  readonly journalled: number;
  readonly serverId: string;
}): Promise<void> {
  const { link, state, end, journalled, serverId } = options;
  const { version } = end;
  const puts: { readonly sequence: number; readonly subject: string; readonly text: string }[] = [];
  const put = (subject: string, text: string): void => {
    puts.push({ sequence: end.next, subject, text });
    end.next += 1;
  };
  const replaced: string[] = [];
  for (const number of state.touched) {
    const before = end.objects.get(number);
    if (before !== undefined) replaced.push(stateSubject(number, before.version, '*'));
    const object = state.objects.get(number);
    if (object === undefined) {
      end.objects.delete(number);
      continue;
    }
    const parts = cut(JSON.stringify(object.toRecord() satisfies ObjectRecord), link.textMax);
    end.objects.set(number, { version, parts: parts.length, sequence: end.next });
    for (const [part, text] of parts.entries()) put(stateSubject(number, version, part), text);
  }
  state.touched.clear();
  end.version += 1;
  const objects = [...end.objects].map(([number, at]) => [number, at.version, at.parts] as const);
  put(
    META_SUBJECT,
    JSON.stringify({
      format: FORMAT,
      journalled,
      tokens: state.tokens,
      nextNumber: state.nextNumber,
      ...(Number.isFinite(state.steadyAt) ? { steadyAt: state.steadyAt } : {}),
      serverId,
      objects,
    } satisfies MetaRecord),
  );
  await link.persist(async () => {
    const done = await Promise.allSettled(puts.map((one) => link.put('state', one)));
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  });
  await link.persist(() => Promise.all(replaced.map((filter) => link.removeBefore('state', end.next, filter))));
}

/** The last checkpoint; `undefined` when none was ever made. */
export async function readMeta(link: Link): Promise<MetaRecord | undefined> {
  const stored = await link.last('state', META_SUBJECT);
  return stored === undefined ? undefined : (JSON.parse(stored.text) as MetaRecord); // written by `checkpoint`
}

/** Objects that are read at once. */
const READ_AT_ONCE = 128;

/** The objects of a checkpoint, logs before their groups. */
export async function readObjects(
  link: Link,
  { objects }: MetaRecord,
): Promise<readonly (readonly [number: number, record: ObjectRecord])[]> {
  const read: (readonly [number, ObjectRecord])[] = [];
  for (let start = 0; start < objects.length; start += READ_AT_ONCE) {
    const some = objects.slice(start, start + READ_AT_ONCE);
    read.push(
      ...(await Promise.all(
        some.map(
          async ([number, version, parts]) => [number, await readObject(link, { number, version, parts })] as const,
        ),
      )),
    );
  }
  // A group has a larger number than its log.
  return read.sort(([a], [b]) => a - b);
}

async function readObject(
  link: Link,
  { number, version, parts }: { readonly number: number; readonly version: number; readonly parts: number },
): Promise<ObjectRecord> {
  const texts = await Promise.all(
    Array.from({ length: parts }, async (_, part) => {
      const stored = await link.last('state', stateSubject(number, version, part));
      if (stored === undefined) throw new Error(`Part ${part} of object ${number} of the last checkpoint is missing.`);
      return stored.text;
    }),
  );
  return JSON.parse(texts.join('')) as ObjectRecord; // written by `checkpoint`
}
