import { type BorderEvent, deliveredIn, statusOf } from './border-event.ts';

/** Reads the events on the way of one message through a server that has nothing else to do. */

/** A call with the message left for its sink. */
export function isSinkCalled(events: readonly BorderEvent[]): boolean {
  return events.some((event) => deliveredIn(event) !== undefined);
}

/** After the sink had answered, a commit was made valid: the acknowledgement, since nothing else is going on. */
export function isAcknowledged(events: readonly BorderEvent[]): boolean {
  const answeredAt = sinkAnsweredAt(events);
  return answeredAt >= 0 && events.slice(answeredAt).some(isValidated);
}

/** Where the process was after the last of these events, in words: before or after which step of which part. */
export function placeOf(events: readonly BorderEvent[]): string {
  const last = events.at(-1);
  if (last === undefined) return 'at once';
  const phase = last.phase === 'begin' ? 'before' : 'after';
  const part = partOf(events);
  switch (last.kind) {
    case 'write':
      return `${phase} the ${last.isSynchronous ? 'validating write' : 'page write'} of the ${part}`;
    case 'flush':
      return `${phase} the flush of the ${part}`;
    case 'answer':
      return `${phase} the answer 2xx`;
    case 'call':
      return `${phase} the ${isSinkCalled(events) ? 'call of the sink' : 'poll'}`;
    case 'answered':
      return `after the answer ${sinkAnsweredAt(events) >= 0 ? 'of the sink' : 'to the poll'}`;
    case 'resize':
      return `${phase} the file grew`;
  }
}

/** Acceptance (of a poller: with its cursor), then hand-out, then acknowledgement: each is a commit of its own. */
function partOf(events: readonly BorderEvent[]): 'acceptance' | 'hand-out' | 'acknowledgement' {
  if (sinkAnsweredAt(events) >= 0) return 'acknowledgement';
  const isAccepted = events.slice(0, -1).some(isValidated) || events.some((event) => statusOf(event) === 202);
  return isAccepted ? 'hand-out' : 'acceptance';
}

/** The sink's answer has come. A poller's feed answers, too, but on another socket. */
function sinkAnsweredAt(events: readonly BorderEvent[]): number {
  const called = events.find((event) => deliveredIn(event) !== undefined);
  return events.findIndex(({ kind, at, number }) => kind === 'answered' && at === called?.at && number > called.number);
}

function isValidated({ kind, phase, isSynchronous }: BorderEvent): boolean {
  return kind === 'write' && phase === 'end' && isSynchronous;
}
