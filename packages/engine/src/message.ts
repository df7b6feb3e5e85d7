/** A JSON value: what a payload or cursor may be. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A message as it is stored on a wire. Immutable; a retry never changes it. */
export interface StoredMessage {
  /** Derived from the input that caused it, so that a redelivery is recognised; random only where it enters. */
  readonly id: string;
  /** Business key, or the empty string. Partition and order follow it unless the wire's `orderBy` says otherwise. */
  readonly key: string;
  readonly payload: Json;
  readonly headers: Readonly<Record<string, string>>;
  /** Id of the message that entered the first pipeline; the same over every hop. */
  readonly correlationId: string;
  readonly traceparent?: string;
  /** When the thing happened, as the source says it; ms since 1970. */
  readonly eventTime: number;
  /** When it was put on this wire; ms since 1970. */
  readonly enqueuedAt: number;
}

/** A message in hand. */
export interface Message extends StoredMessage {
  /** 1 on the first try. Counted when the message is leased. */
  readonly attempt: number;
}
