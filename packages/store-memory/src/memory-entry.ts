import { type AttemptRecord, type PeekedMessage, PRIORITIES, type StoredMessage } from '@sluice/engine';

/**
 * States of a message on a queue:
 *
 * | state    | means                                           | leaves to                                           |
 * |----------|-------------------------------------------------|-----------------------------------------------------|
 * | blocked  | stands behind another message of its FIFO group | ready (the one before it is gone)                   |
 * | ready    | may be handed out                               | in-hand                                             |
 * | in-hand  | leased                                          | gone (ack), ready (release), delayed (retry, release until a time), expired |
 * | expired  | its lease ran out and nobody has taken it since | in-hand, or as from in-hand by the holder of the old lease |
 * | delayed  | put back until a time                           | in-hand, once due                                   |
 */
export interface Entry {
  readonly position: number;
  readonly message: StoredMessage;
  readonly bytes: number;
  readonly group: string | undefined;
  readonly priority: number;
  /** The next message of the same group. */
  nextInGroup: Entry | undefined;
  state: 'blocked' | 'ready' | 'in-hand' | 'expired' | 'delayed' | 'gone';
  /** Tries that count and are over. */
  attempts: number;
  crashes: number;
  history: readonly AttemptRecord[];
  dueAt: number;
  /** Delayed, and its time has come: from then on it is ready, even when the wall clock is set back. */
  isDue: boolean;
  token: number;
  /** On the monotonic clock: a jump of the wall clock neither ends nor prolongs a lease. */
  endsAtMs: number;
}

export function newEntry(of: {
  readonly position: number;
  readonly message: StoredMessage;
  readonly bytes: number;
  readonly group: string | undefined;
  readonly priority: number | undefined;
}): Entry {
  const { position, message, bytes, group, priority } = of;
  return {
    position,
    message,
    bytes,
    group,
    priority: group === undefined ? (priority ?? PRIORITIES.normal) : PRIORITIES.normal,
    nextInGroup: undefined,
    state: 'ready',
    attempts: 0,
    crashes: 0,
    history: [],
    dueAt: 0,
    isDue: false,
    token: 0,
    endsAtMs: 0,
  };
}

export function isReady({ state, isDue }: Entry): boolean {
  return state === 'ready' || state === 'expired' || (state === 'delayed' && isDue);
}

export function peekedFrom(entry: Entry): PeekedMessage {
  const isHeld = entry.state === 'in-hand' || entry.state === 'expired';
  const lastFailure = entry.history.at(-1);
  return {
    position: entry.position,
    message: entry.message,
    state: entry.state === 'in-hand' || entry.state === 'delayed' ? entry.state : 'waiting',
    attempts: entry.attempts + (isHeld ? 1 : 0),
    ...(entry.state === 'delayed' ? { dueAt: entry.dueAt } : {}),
    ...(lastFailure === undefined ? {} : { lastFailure }),
  };
}
