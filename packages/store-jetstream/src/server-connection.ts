import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamClient, jetstream, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { AwayError, isAway } from './server-errors.ts';

export interface ConnectionSettings {
  /** `host:port` of one server of the cluster, or of several. */
  readonly servers: string | readonly string[];
  readonly user?: string;
  readonly password?: string;
  /** How long a call goes on trying while the server is away, in ms. */
  readonly patienceMs: number;
}

/** A call that the server does not answer is made again after this time; ms. */
export const ANSWER_WITHIN_MS = 5_000;
/** Pause between two tries while the server is away; ms. */
const PAUSE_MS = 100;

/** The connection to the server. It is made again when it breaks, and so are the calls that were on their way. */
export class ServerConnection {
  readonly nats: NatsConnection;
  readonly streams: JetStreamManager['streams'];
  readonly consumers: JetStreamManager['consumers'];
  readonly client: JetStreamClient;
  readonly #patienceMs: number;
  /** Ends of the calls that are on their way. */
  readonly #onTheirWay = new Set<(error: AwayError) => void>();
  #isBroken = false;

  static async open(
    name: string,
    { servers, user, password, patienceMs }: ConnectionSettings,
  ): Promise<ServerConnection> {
    const nats = await connect({
      servers: [servers].flat(),
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { pass: password }),
      name,
      maxReconnectAttempts: -1,
      reconnectTimeWait: PAUSE_MS,
      reconnectJitter: PAUSE_MS,
    });
    try {
      return new ServerConnection(nats, await jetstreamManager(nats, { timeout: ANSWER_WITHIN_MS }), patienceMs);
    } catch (error) {
      await nats.close();
      throw error;
    }
  }

  private constructor(nats: NatsConnection, { streams, consumers }: JetStreamManager, patienceMs: number) {
    this.nats = nats;
    this.streams = streams;
    this.consumers = consumers;
    this.client = jetstream(nats, { timeout: ANSWER_WITHIN_MS });
    this.#patienceMs = patienceMs;
    void this.#watch(); // ends with the connection
  }

  /** Another one after each start of the server. */
  get serverId(): string {
    return this.nats.info?.server_id ?? '';
  }

  get serverVersion(): string {
    return this.nats.info?.version ?? '0.0.0';
  }

  /** Bytes of the largest message. */
  get payloadMax(): number {
    return this.nats.info?.max_payload ?? 1_048_576;
  }

  /** Makes the call again while the server is away, up to the patience. It must not matter how often it is made. */
  async persist<T>(call: () => Promise<T>): Promise<T> {
    const until = performance.now() + this.#patienceMs;
    for (;;) {
      try {
        return await this.#untilBroken(call);
      } catch (error) {
        if (!isAway(error) || this.nats.isClosed() || performance.now() > until) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }

  async close(): Promise<void> {
    await this.nats.close();
  }

  /** What would be sent while the connection is broken would never arrive. */
  #untilBroken<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isBroken) return Promise.reject(new AwayError('The server is not reachable.'));
    return new Promise<T>((resolve, reject) => {
      this.#onTheirWay.add(reject);
      void call()
        .then(resolve, reject)
        .finally(() => this.#onTheirWay.delete(reject));
    });
  }

  /** Ends the calls that are on their way when the connection breaks, since nobody will answer them. */
  async #watch(): Promise<void> {
    for await (const { type } of this.nats.status()) {
      if (type === 'reconnect') this.#isBroken = false;
      if (type !== 'disconnect') continue;
      this.#isBroken = true;
      for (const end of this.#onTheirWay) end(new AwayError('The connection to the server broke.'));
    }
  }
}
