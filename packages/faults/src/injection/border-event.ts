/** What crosses the border between the server and its disk or network, however it was watched. */
export interface BorderEvent {
  readonly kind:
    /** Bytes on their way to the file of the store. */
    | 'write'
    /** `fdatasync`, `fsync`. */
    | 'flush'
    /** An HTTP answer leaves. */
    | 'answer'
    /** An HTTP request leaves. */
    | 'call'
    /** The answer to a call has come. */
    | 'answered'
    | 'resize';
  readonly phase: 'begin' | 'end';
  /** Life of the server, from 1. */
  readonly life: number;
  /** Over all lives, from 1. */
  readonly number: number;
  /** Written through a descriptor whose writes are on disk when they return (O_DSYNC). */
  readonly isSynchronous: boolean;
  /** Place in the file; for the network its descriptor. */
  readonly at: number;
  /** What the system call answered; below 0 it failed. */
  readonly result: number;
  /** What is written, or the first part of an HTTP message. */
  readonly bytes: Buffer;
}

/** The text of an event, for what is searched in it. */
export function textOf(event: BorderEvent): string {
  return event.bytes.toString('latin1');
}

/** The status of an answer that leaves. */
export function statusOf(event: BorderEvent): number | undefined {
  if (event.kind !== 'answer' || event.phase !== 'begin') return undefined;
  const status = /^HTTP\/1\.1 (\d{3})/.exec(event.bytes.toString('latin1', 0, 16))?.[1];
  return status === undefined ? undefined : Number(status);
}

/** The message id that an answer from a webhook carries. */
export function acceptedIn(event: BorderEvent): string | undefined {
  const status = statusOf(event);
  if (status === undefined || status < 200 || status > 299) return undefined;
  return /"id":"([0-9a-f]{32})"/.exec(textOf(event))?.[1];
}

/** The message id that a call to a sink carries. */
export function deliveredIn(event: BorderEvent): string | undefined {
  if (event.kind !== 'call' || event.phase !== 'begin') return undefined;
  return /^idempotency-key: "?([0-9a-f]{32})"?\r$/im.exec(textOf(event))?.[1];
}
