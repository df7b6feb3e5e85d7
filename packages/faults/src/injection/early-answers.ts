import type { Anomaly } from '../history/checkers.ts';
import { acceptedIn, type BorderEvent, textOf } from './border-event.ts';

/** As it stands at the begin of a stored message, a list in JSON. */
const MESSAGE_ID = /\["([0-9a-f]{32})"/g;

/**
 * A webhook was answered 2xx before its message was on disk: the page that holds the message has to be written, then a
 * flush has to begin and succeed, then the page that makes the commit valid has to be written through to the disk, and
 * only then may the answer leave.
 */
export function earlyAnswers(events: readonly BorderEvent[]): readonly Anomaly[] {
  /** The commit that first held each message. */
  const firstOf = new Map<string, Commit>();
  for (const commit of commitsIn(events)) for (const id of commit.ids) if (!firstOf.has(id)) firstOf.set(id, commit);
  const anomalies: Anomaly[] = [];
  for (const [place, event] of events.entries()) {
    const id = acceptedIn(event);
    if (id === undefined) continue;
    const commit = firstOf.get(id);
    if (commit === undefined) {
      anomalies.push({ name: 'early-answer', detail: `${id} was answered at event ${event.number} and never written` });
    } else if (commit.validAt === undefined || commit.validAt > place) {
      const when = commit.validAt === undefined ? 'never' : `only at event ${events[commit.validAt]?.number}`;
      anomalies.push({
        name: 'early-answer',
        detail: `${id} was answered at event ${event.number}, and was on disk ${when}`,
      });
    }
  }
  return anomalies;
}

export interface Commit {
  /** Ids of the messages on its pages, those that were there before included. */
  readonly ids: ReadonlySet<string>;
  /** Index of the event with which it became valid on disk; `undefined`: it never did. */
  readonly validAt: number | undefined;
}

/**
 * Takes the writes apart into commits: pages, a flush, and one synchronous write that makes them valid. Whatever comes in
 * another order, or fails, makes nothing valid.
 */
export function commitsIn(events: readonly BorderEvent[]): readonly Commit[] {
  const commits: Commit[] = [];
  let pages: string[] = [];
  let isFlushed = false;
  let openPages = 0;
  let life = 0;
  const close = (validAt: number | undefined): void => {
    if (pages.length > 0)
      commits.push({
        ids: new Set(pages.flatMap((page) => [...page.matchAll(MESSAGE_ID)].map(([, id = '']) => id))),
        validAt,
      });
    pages = [];
    isFlushed = false;
  };
  for (const [place, event] of events.entries()) {
    if (event.life !== life) {
      close(undefined);
      life = event.life;
      openPages = 0;
    }
    if (event.kind === 'write' && !event.isSynchronous) {
      openPages += event.phase === 'begin' ? 1 : -1;
      if (event.phase === 'begin') {
        pages.push(textOf(event));
        // Pages that come after the flush are not covered by it.
        isFlushed = false;
      }
    } else if (event.kind === 'flush') {
      isFlushed = event.phase === 'end' && event.result === 0 && openPages === 0;
      if (event.phase === 'end' && event.result !== 0) close(undefined);
    } else if (event.kind === 'write' && event.phase === 'end' && event.result > 0) {
      close(isFlushed ? place : undefined);
    }
  }
  close(undefined);
  return commits;
}
