/**
 * What was seen from outside. Nothing here is what the product says of itself, except `dead` and `waiting`.
 *
 * | op      | who records it                            | phases                                                      |
 * | ------- | ----------------------------------------- | ----------------------------------------------------------- |
 * | send    | a sender, or the feed that a poller reads | invoke, then ok (told that it is kept), fail (told that it  |
 * |         |                                           | is not), or info (nobody can tell)                          |
 * | deliver | a sink                                    | invoke on arrival, then ok, fail (an error was answered) or |
 * |         |                                           | info (the caller was gone before the answer)                |
 * | dead    | whoever reads the dead letters            | ok                                                          |
 * | waiting | whoever looks into the wires              | ok                                                          |
 * | life    | the harness                               | invoke when a process starts, info when it ends             |
 * | quiet   | the harness                               | ok: nothing waits and nothing is in hand at this moment     |
 */
export interface HistoryRecord {
  /** ms since the history began, on the observer's own clock. */
  readonly t: number;
  /** Who did it: `sender-3`, `feed`, or the life of the server that called the sink, `life-2`. */
  readonly proc: string;
  readonly op: 'send' | 'deliver' | 'dead' | 'waiting' | 'life' | 'quiet';
  readonly phase: 'invoke' | 'ok' | 'fail' | 'info';
  /** What has an order of its own: values of one key are sent one after the other. Empty where there is none. */
  readonly key: string;
  /** The value: chosen by the sender, the same however often it is sent. */
  readonly id: string;
  /** Place within its key, counted from 0. */
  readonly seq?: number;
  /** The id that the product gave: of the answer at the sender, `Idempotency-Key` at the sink. */
  readonly message?: string;
  /** HTTP status of the answer. */
  readonly status?: number;
  /** Joins what belongs to one call at a sink. */
  readonly call?: number;
}

/** What went over one way from a source to a sink, in the order in which it was seen. */
export interface History {
  readonly records: readonly HistoryRecord[];
  add(record: Omit<HistoryRecord, 't'>): void;
  /** JSONL, one record a line. */
  toLines(): string;
}

export function createHistory(now: () => number = () => performance.now()): History {
  const began = now();
  const records: HistoryRecord[] = [];
  return {
    records,
    add(record) {
      records.push({ t: Math.round((now() - began) * 1_000) / 1_000, ...record });
    },
    toLines: () => records.map((record) => `${JSON.stringify(record)}\n`).join(''),
  };
}
