/** Tells work in hand that nobody waits for it any more: its time is up, or the engine stops. */
export interface CancelSignal {
  readonly cancelled: boolean;
  /** Calls back once, at once if it is cancelled already; answers how to take the listener back. */
  onCancel(listener: () => void): () => void;
}

export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** How much of the answer's body is kept. Absent: the connector's own limit, 64 KiB. */
  readonly maxBodyBytes?: number;
  readonly signal: CancelSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; several values joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text of the body, cut at the limit. */
  readonly body: string;
  /** True when the body was longer than the limit. */
  readonly truncated: boolean;
}

/**
 * The only way out to the network. Rejects with a `WorkError`: `target-unreachable`, `target-timeout` (both retryable)
 * or `egress-blocked` (permanent). Every status is an answer, redirects included: they are not followed.
 */
export interface HttpConnector {
  call(call: HttpCall): Promise<HttpAnswer>;
}

/** Where `log` nodes write. */
export interface LogConnector {
  write(entry: {
    readonly pipelineId: string;
    readonly nodeId: string;
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly text: string;
    readonly data?: unknown;
  }): void;
}

/** Secrets by name. `undefined` when there is none of that name. */
export interface SecretConnector {
  find(name: string): Promise<string | undefined>;
}

/**
 * Digests as the host computes them, several times as fast as JavaScript does. Whoever computes them, they are those of
 * FIPS 180-4 and RFC 2104: ids and signatures do not depend on where a pipeline runs.
 */
export interface DigestConnector {
  /** SHA-256 of the text in UTF-8, as lower-case hex. */
  sha256(text: string): string;
  hmac(algorithm: HmacAlgorithm, key: Uint8Array, data: Uint8Array): Uint8Array;
}

export type HmacAlgorithm = 'sha256' | 'sha512';

/** What behaviours may use of the outside world. The simulator gives modelled ones. */
export interface Connectors {
  readonly http: HttpConnector;
  readonly log: LogConnector;
  readonly secrets: SecretConnector;
  /**
   * Gives the turn to the host's task queue and comes back, so that long computing does not hold up everything else.
   * Absent: computing goes on in one go, as on virtual time.
   */
  readonly breathe?: () => Promise<void>;
  /** Absent: they are computed in JavaScript. */
  readonly digests?: DigestConnector;
}
