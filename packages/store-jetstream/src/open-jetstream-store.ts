import type { Clock, MessageStore } from '@sluice/engine';
import { Batch, type SharedEnds } from './batch.ts';
import { checkpoint, FORMAT, type MetaRecord, readMeta, readObjects, type StateEnd } from './checkpoint.ts';
import { CommitLine } from './commit-line.ts';
import { type Durability, durabilityOf } from './durability.ts';
import { assertJournalReaches, type Journal, takeOverJournal } from './journal.ts';
import { Link, type LinkSettings } from './link.ts';
import { MessagesOnJetStream } from './messages-on-jetstream.ts';
import { claimOwnership } from './ownership.ts';
import { assertStreamsReach, recoverFromJournal, takeBackAfterCrash } from './recover.ts';
import { StoreOwnedError, StoreServerError, type StoreFailedError, OwnershipLostError } from './store-errors.ts';
import { StoreState } from './store-state.ts';
import { BASE_STREAMS } from './streams.ts';
import { makeWrites } from './writes.ts';

export type { Durability } from './durability.ts';

export interface JetStreamStore extends MessageStore {
  /** What the promise of `commit` is worth on this server. */
  readonly durability: Durability;
  /**
   * Calls `listener` once when a write fails for good, or soon if one has failed already: the server was away for longer
   * than the patience, has lost data, or somebody else has taken over. From then on every call is refused with
   * `StoreFailedError`, and what was running is unknown; the process should end and start again.
   */
  onFailure(listener: (error: StoreFailedError) => void): () => void;
  /** Lets go of the server without returning leases, as the death of the process would. For tests. */
  crash(): Promise<void>;
}

export interface JetStreamStoreOptions {
  /** `host:port` of one server of the cluster, or of several. */
  readonly servers: string | readonly string[];
  readonly user?: string;
  readonly password?: string;
  /** Stands before the name of every stream and subject: letters, digits, `-` and `_`. Default `sluice`. */
  readonly prefix?: string;
  /** Copies of each stream in a cluster, 1 to 5. Default 1. */
  readonly replicas?: number;
  /** How long calls wait for a server that is away before the store fails, in ms. Default 60,000. */
  readonly patienceMs?: number;
  readonly clock: Clock;
}

/**
 * Opens the store on a server, and makes its streams if need be. What was in hand when the last owner died is ready again,
 * its crash counted. Rejects with `StoreOwnedError` when somebody else owns it, and with `StoreServerError` when the
 * server cannot be used.
 */
export async function openJetStreamStore({ clock, ...options }: JetStreamStoreOptions): Promise<JetStreamStore> {
  const servers = [options.servers]
    .flat()
    .join(', ')
    .replaceAll(/[^/,\s]*@/g, ''); // without credentials
  const settings: LinkSettings = { prefix: 'sluice', replicas: 1, patienceMs: 60_000, ...options };
  if (!/^[\w-]+$/.test(settings.prefix))
    throw new StoreServerError(servers, `the prefix "${settings.prefix}" may have letters, digits, - and _ only.`);
  let link: Link | undefined;
  try {
    link = await Link.open(settings);
    return await openOn(link, { clock, replicas: settings.replicas });
  } catch (error) {
    await link?.close();
    if (error instanceof StoreOwnedError) throw error;
    if (error instanceof OwnershipLostError) throw new StoreOwnedError(settings.prefix, undefined, { cause: error });
    throw new StoreServerError(servers, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function openOn(
  link: Link,
  { clock, replicas }: { readonly clock: Clock; readonly replicas: number },
): Promise<JetStreamStore> {
  const ownership = await claimOwnership(link);
  for (const stream of BASE_STREAMS) await link.persist(() => link.makeStream(stream));
  assertReadable(await readMeta(link)); // before anything is written
  const journal = await takeOverJournal(link, clock.monotonicMs);
  const { serverId } = link;
  link.trust(serverId);
  const state = await recoverState(link, journal);
  await assertStreamsReach(link, state);
  const ends: SharedEnds = {
    records: await nextIn(link, 'records'),
    expiries: await nextIn(link, 'expiries'),
    letters: await nextIn(link, 'letters'),
  };
  const batch = new Batch(state, ends);
  await takeBackAfterCrash(link, batch);
  await journal.append({ effects: batch.effects, writes: batch.writes });
  await makeWrites(link, batch.writes);
  const stateEnd = await checkpointAll(link, { state, journal, serverId });
  return new MessagesOnJetStream({
    clock,
    link,
    state,
    ownership,
    durability: durabilityOf({ version: link.connection.serverVersion, replicas }),
    makeLine: (told) => new CommitLine({ link, journal, state, ends, stateEnd, serverId, ...told }),
  });
}

/** The state as the last checkpoint and the journal after it tell it. All writes of the journal are made. */
async function recoverState(link: Link, journal: Journal): Promise<StoreState> {
  const meta = await readMeta(link);
  const state = new StoreState(meta ?? { tokens: 0, nextNumber: 1 });
  const journalled = meta?.journalled ?? 0;
  if (meta !== undefined) {
    await assertJournalReaches(link, journalled);
    for (const [number, record] of await readObjects(link, meta)) state.load(number, record);
  }
  // A server that has not ended since then has forgotten nothing.
  const after = meta?.serverId === link.serverId ? journalled : 0;
  await recoverFromJournal(link, journal, { after, state, journalled });
  state.skipReservedTokens();
  return state;
}

function assertReadable(meta: MetaRecord | undefined): void {
  const format = meta?.format ?? FORMAT;
  if (format > FORMAT)
    throw new Error(
      `its data has format ${format}, and this version reads formats up to ${FORMAT}. Use the version that wrote it, or a newer one.`,
    );
}

/** A checkpoint of everything, so that nothing older is needed. */
async function checkpointAll(
  link: Link,
  { state, journal, serverId }: { readonly state: StoreState; readonly journal: Journal; readonly serverId: string },
): Promise<StateEnd> {
  for (const number of state.objects.keys()) state.touched.add(number);
  const first = await nextIn(link, 'state');
  const end: StateEnd = { next: first, version: first, objects: new Map() };
  await checkpoint({ link, state, end, journalled: journal.last, serverId });
  await link.persist(() => link.removeBefore('state', first));
  await journal.checkpointed();
  return end;
}

async function nextIn(link: Link, stream: (typeof BASE_STREAMS)[number]): Promise<number> {
  return ((await link.ends(stream))?.last ?? 0) + 1;
}
