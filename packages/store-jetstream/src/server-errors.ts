import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { ConnectionError, NoRespondersError, RequestError, TimeoutError } from '@nats-io/transport-node';

/** The server did not answer, or not in full. */
export class AwayError extends Error {
  readonly code = 'message-server-away';

  constructor(what: string) {
    super(what);
    this.name = 'AwayError';
  }
}

/** The server has started anew, or is another one: it may show what had been removed. */
export class ServerChangedError extends Error {
  readonly code = 'message-server-changed';

  constructor() {
    super('The server has started anew.');
    this.name = 'ServerChangedError';
  }
}

/** JetStream is there, but not ready for this: it starts, or a stream has no leader. */
const UNAVAILABLE_STATUS = 503;

/** Whether a call failed because the server was away, so that it may be made again. */
export function isAway(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status === UNAVAILABLE_STATUS;
  if (error instanceof JetStreamError || error instanceof AwayError || error instanceof ConnectionError) return true;
  if (error instanceof TimeoutError || error instanceof NoRespondersError || error instanceof RequestError) return true;
  return error instanceof Error && error.name === 'JetStreamNotEnabled'; // the client keeps this class to itself
}

const STREAM_NOT_FOUND = 10_059;
const STREAM_IS_OTHERWISE = 10_058;
const SEQUENCE_NOT_FOUND = 10_043;
const DELETE_FAILED = 10_057;
const WRONG_LAST_SEQUENCE = 10_071;

export function isStreamMissing(error: unknown): boolean {
  return isCode(error, STREAM_NOT_FOUND);
}

/** Whether a stream was not made because there is one of its name, made with other settings. */
export function isStreamThere(error: unknown): boolean {
  return isCode(error, STREAM_IS_OTHERWISE);
}

/** Whether a message could not be removed because it is not there. */
export function isMessageMissing(error: unknown): boolean {
  if (isCode(error, SEQUENCE_NOT_FOUND)) return true;
  return isCode(error, DELETE_FAILED) && /no message found|deleted message|EOF/i.test(error.message);
}

/** What the server says when a message was to stand elsewhere than at its end. */
export function lastSequenceIn(error: unknown): number | undefined {
  if (!isCode(error, WRONG_LAST_SEQUENCE)) return undefined;
  const last = /(\d+)$/.exec(error.message)?.[1];
  if (last === undefined) throw new Error(`The server's answer has changed: ${error.message}`, { cause: error });
  return Number(last);
}

function isCode(error: unknown, code: number): error is JetStreamApiError {
  return error instanceof JetStreamApiError && error.code === code;
}
