import type { StoredMsg } from '@nats-io/jetstream';
import { AcknowledgedDataLostError } from './store-errors.ts';
import { ANSWER_WITHIN_MS, type ConnectionSettings, ServerConnection } from './server-connection.ts';
import {
  AwayError,
  isMessageMissing,
  isStreamMissing,
  isStreamThere,
  lastSequenceIn,
  ServerChangedError,
} from './server-errors.ts';
import { keepsLastOnly, type StreamName, subjectsOf } from './streams.ts';

/** A message as it stands in a stream. */
export interface Stored {
  readonly sequence: number;
  /** Without the prefix of the store. */
  readonly subject: string;
  readonly text: string;
}

export interface LinkSettings extends ConnectionSettings {
  /** Stands before the name of every stream and subject. */
  readonly prefix: string;
  /** Copies of each stream in a cluster. */
  readonly replicas: number;
}

/** Messages that are read one by one, before it is worth while to make a consumer for them. */
const READ_SINGLY_MAX = 4;
/** Requests that are on their way at once. */
const REQUESTS_MAX = 256;
/** Room for headers and subject in a message, in bytes. */
const FRAME_BYTES = 1_024;

/**
 * The streams of a store, in the words of this package. Every call may be repeated without harm. Those that read are
 * repeated by themselves while the server is away; those that write are not, because what is written together has to be
 * repeated together (`persist`).
 */
export class Link {
  readonly connection: ServerConnection;
  readonly prefix: string;
  readonly #replicas: number;
  #trusted: string | undefined;

  static async open(settings: LinkSettings): Promise<Link> {
    return new Link(await ServerConnection.open(`sluice ${settings.prefix}`, settings), settings);
  }

  private constructor(connection: ServerConnection, { prefix, replicas }: LinkSettings) {
    this.connection = connection;
    this.prefix = prefix;
    this.#replicas = replicas;
  }

  get serverId(): string {
    return this.connection.serverId;
  }

  /** Bytes of the largest text that fits into one message. */
  get textMax(): number {
    return this.connection.payloadMax - FRAME_BYTES;
  }

  /**
   * From now on nothing is read from another run of the server: reads then reject with `ServerChangedError`. The journal
   * can be read always, since nothing is removed from it that matters.
   */
  trust(serverId: string): void {
    this.#trusted = serverId;
  }

  /** Makes the call again while the server is away. It must not matter how often it is made. */
  persist<T>(call: () => Promise<T>): Promise<T> {
    return this.connection.persist(call);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** One that is there keeps its settings. */
  async makeStream(name: StreamName): Promise<void> {
    try {
      await this.connection.streams.add({
        name: this.#stream(name),
        subjects: [this.#subject(subjectsOf(name))],
        num_replicas: this.#replicas,
        ...(keepsLastOnly(name) ? { max_msgs_per_subject: 1 } : {}),
      });
    } catch (error) {
      if (!isStreamThere(error)) throw error;
    }
  }

  async dropStream(name: StreamName): Promise<void> {
    try {
      await this.connection.streams.delete(this.#stream(name));
    } catch (error) {
      if (!isStreamMissing(error)) throw error;
    }
  }

  /**
   * Puts a text at exactly this sequence number. Answers whether something has been put there before. Rejects when the
   * stream does not reach that far.
   */
  async put(name: StreamName, { sequence, subject, text }: Stored): Promise<{ readonly wasThere: boolean }> {
    try {
      const expect = { streamName: this.#stream(name), lastSequence: sequence - 1 };
      await this.connection.client.publish(this.#subject(subject), text, { expect });
      return { wasThere: false };
    } catch (error) {
      const last = lastSequenceIn(error);
      if (last === undefined) throw error;
      if (last >= sequence) return { wasThere: true };
      throw new AcknowledgedDataLostError(this.#stream(name), { acknowledged: sequence - 1, found: last });
    }
  }

  async remove(name: StreamName, sequence: number): Promise<void> {
    try {
      await this.connection.streams.deleteMessage(this.#stream(name), sequence, false);
    } catch (error) {
      if (!isMessageMissing(error) && !isStreamMissing(error)) throw error;
    }
  }

  /** Removes what stands before a sequence number, of one subject or of all. */
  async removeBefore(name: StreamName, sequence: number, filter?: string): Promise<void> {
    if (sequence <= 1) return; // to the server this would mean all
    const what = { seq: sequence, ...(filter === undefined ? {} : { filter: this.#subject(filter) }) };
    try {
      await this.connection.streams.purge(this.#stream(name), what);
    } catch (error) {
      if (!isStreamMissing(error)) throw error;
    }
  }

  /** The first and the last sequence number that the stream ever gave; `undefined` when it is not there. */
  async ends(name: StreamName): Promise<{ readonly first: number; readonly last: number } | undefined> {
    return this.#ask(name, async () => {
      try {
        const { state } = await this.connection.streams.info(this.#stream(name));
        return { first: state.first_seq, last: state.last_seq };
      } catch (error) {
        if (isStreamMissing(error)) return undefined;
        throw error;
      }
    });
  }

  /** How many messages each subject has. */
  async subjects(name: StreamName, filter: string): Promise<ReadonlyMap<string, number>> {
    const wanted = { subjects_filter: this.#subject(filter) };
    const { state } = await this.#ask(name, () => this.connection.streams.info(this.#stream(name), wanted));
    return new Map(Object.entries(state.subjects ?? {}).map(([subject, count]) => [this.#short(subject), count]));
  }

  async get(name: StreamName, sequence: number): Promise<Stored | undefined> {
    return this.#ask(name, () => this.#getMessage(name, { seq: sequence }));
  }

  /** The newest of a subject. */
  async last(name: StreamName, subject: string): Promise<Stored | undefined> {
    return this.#ask(name, () => this.#getMessage(name, { last_by_subj: this.#subject(subject) }));
  }

  /** The first of a subject, or of those that a filter covers, from a sequence number on. */
  async next(name: StreamName, from: number, filter: string): Promise<Stored | undefined> {
    const query = { seq: Math.max(1, from), next_by_subj: this.#subject(filter) };
    return this.#ask(name, () => this.#getMessage(name, query));
  }

  /** All of these that are there. */
  async getAll(name: StreamName, sequences: readonly number[]): Promise<readonly Stored[]> {
    const found: Stored[] = [];
    for (let start = 0; start < sequences.length; start += REQUESTS_MAX) {
      const part = sequences.slice(start, start + REQUESTS_MAX);
      const stored = await Promise.all(part.map((sequence) => this.get(name, sequence)));
      found.push(...stored.filter((one) => one !== undefined));
    }
    return found;
  }

  /** At most `max` of those that a filter covers, in order, from a sequence number on. */
  async read(
    name: StreamName,
    from: number,
    { filter, max }: { readonly filter: string; readonly max: number },
  ): Promise<readonly Stored[]> {
    if (max > READ_SINGLY_MAX) return this.#ask(name, () => this.#readByConsumer(name, from, { filter, max }));
    const read: Stored[] = [];
    for (let at = from; read.length < max;) {
      const stored = await this.next(name, at, filter);
      if (stored === undefined) break;
      read.push(stored);
      at = stored.sequence + 1;
    }
    return read;
  }

  async #ask<T>(name: StreamName, call: () => Promise<T>): Promise<T> {
    const answer = await this.persist(call);
    if (name !== 'journal' && this.#trusted !== undefined && this.serverId !== this.#trusted)
      throw new ServerChangedError();
    return answer;
  }

  async #readByConsumer(
    name: StreamName,
    from: number,
    { filter, max }: { readonly filter: string; readonly max: number },
  ): Promise<readonly Stored[]> {
    const { client, consumers } = this.connection;
    const made = await consumers.add(this.#stream(name), {
      filter_subject: this.#subject(filter),
      deliver_policy: 'by_start_sequence',
      opt_start_seq: Math.max(1, from),
      ack_policy: 'none',
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: 10_000_000_000, // ns: it goes by itself should the removal below not reach the server
    });
    const read: Stored[] = [];
    const wanted = Math.min(max, made.num_pending);
    if (wanted > 0) {
      const consumer = client.consumers.getConsumerFromInfo(made);
      for await (const message of await consumer.fetch({ max_messages: wanted, expires: ANSWER_WITHIN_MS }))
        read.push({ sequence: message.seq, subject: this.#short(message.subject), text: message.string() });
    }
    await consumers.delete(this.#stream(name), made.name);
    if (read.length < wanted)
      throw new AwayError(`${wanted - read.length} messages of ${this.#stream(name)} did not arrive.`);
    return read;
  }

  async #getMessage(
    name: StreamName,
    query: { readonly seq: number } | { readonly last_by_subj: string },
  ): Promise<Stored | undefined> {
    // Asked of the leader: a direct get may be answered by a replica that is behind.
    const found: StoredMsg | null = await this.connection.streams.getMessage(this.#stream(name), query);
    if (found === null) return undefined;
    return { sequence: found.seq, subject: this.#short(found.subject), text: found.string() };
  }

  #stream(name: StreamName): string {
    return `${this.prefix}-${name}`;
  }

  #subject(subject: string): string {
    return `${this.prefix}.${subject}`;
  }

  #short(subject: string): string {
    return subject.slice(this.prefix.length + 1);
  }
}
