/**
 * What stands where on the server. Every name begins with the prefix of the store. Numbers are given once to each queue,
 * log, group and shelf of dead letters; hashes stand for names of any length and any letters.
 *
 *   stream            subjects                          holds
 *   P-journal         P.journal                         every change, before anything else knows of it (`journal.ts`)
 *   P-state           P.state.meta                      the last checkpoint: what it rests on, and its objects
 *                     P.state.<number>.<version>.<part> counts, positions and what is in hand of one queue, log, group or shelf
 *   P-records         P.records.tried.<queue>.<position>      attempts, history and due time of a message that came back
 *                     P.records.cursor.<hash>                 cursor of a source
 *                     P.records.key.<hash>                    idempotency key
 *                     P.records.letter.<shelf>.<hash>         where a dead letter stands, by its id
 *   P-expiries        P.expiries.<minute>               idempotency keys, by the minute in which they expire
 *   P-letters         P.letters.<shelf>.<node>.<reason>.<cause>  dead letters
 *   P-queue-<queue>   P.queue.<queue>.<priority>        messages of a queue without a FIFO group
 *                     P.queue.<queue>.group.<hash>      messages of a FIFO group
 *   P-log-<log>-<p>   P.log.<log>.<p>                   messages of a partition
 *
 * A message stands at the sequence number that was chosen for it before it was written: that number is its position in the
 * queue, and one more than its offset in the partition. Numbers are never used again, so writing a message twice is
 * recognised, and removing one twice does no harm. A message that is there is not settled.
 */
export type StreamName = string;

/** What every store has; queues and logs get theirs when they are made. */
export const BASE_STREAMS = ['journal', 'state', 'records', 'expiries', 'letters'] as const;

export const JOURNAL_SUBJECT = 'journal';
export const META_SUBJECT = 'state.meta';

export const queueStream = (queue: number): StreamName => `queue-${queue}`;
export const partitionStream = (log: number, partition: number): StreamName => `log-${log}-${partition}`;

/** How messages of a queue are told apart: a priority, or a FIFO group. */
export type QueueClass = string;
export const classOfPriority = (priority: number): QueueClass => String(priority);
export const classOfGroup = (groupHash: string): QueueClass => `group.${groupHash}`;
export const isGrouped = (kind: QueueClass): boolean => kind.startsWith('group.');

/** `kind` may be a filter as well: `group.*`, or `>`. */
export const queueSubject = (queue: number, kind: QueueClass): string => `queue.${queue}.${kind}`;
export const partitionSubject = (log: number, partition: number): string => `log.${log}.${partition}`;
export const triedSubject = (queue: number, position: number | '*'): string => `records.tried.${queue}.${position}`;
export const cursorSubject = (hash: string): string => `records.cursor.${hash}`;
export const keySubject = (hash: string): string => `records.key.${hash}`;
export const letterIdSubject = (shelf: number, hash: string): string => `records.letter.${shelf}.${hash}`;
export const expirySubject = (minute: number | '*'): string => `expiries.${minute}`;
export const stateSubject = (object: number, version: number, part: number | '*'): string =>
  `state.${object}.${version}.${part}`;

/** `*` where it is left open. */
export function letterSubject(
  shelf: number,
  { node = '*', reason = '*', cause = '*' }: { node?: string; reason?: string; cause?: string },
): string {
  return `letters.${shelf}.${node}.${reason}.${cause}`;
}

/** The subjects that a stream takes. */
export function subjectsOf(stream: StreamName): string {
  const [kind, number, partition] = stream.split('-');
  if (kind === 'queue') return `queue.${number}.>`;
  if (kind === 'log') return `log.${number}.${partition}`;
  return stream === 'journal' ? JOURNAL_SUBJECT : `${stream}.>`;
}

/** Streams of which only the last message of each subject counts. */
export function keepsLastOnly(stream: StreamName): boolean {
  return stream === 'records' || stream === 'state';
}
