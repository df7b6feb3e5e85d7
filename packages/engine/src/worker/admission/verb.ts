import { readKeyPath } from '../../plan/key-path.ts';
import type { Lease, LeaseSource } from '../../ports/message-store.ts';
import type { Held } from '../heartbeat.ts';

/** Why a message was taken from its wire without being worked on. */
const DISCARD_REASONS = ['debounced', 'singleton-skipped', 'singleton-cancelled'] as const;
export type DiscardReason = (typeof DISCARD_REASONS)[number];

/** What becomes of a message that is in hand and not worked on yet. */
export type Verdict =
  | { readonly kind: 'admit' }
  /** Back to its place, uncounted, and not before this; ms since 1970. */
  | { readonly kind: 'later'; readonly dueAt: number }
  /** It stays in hand until something that is worked on comes to its end. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'discard'; readonly reason: DiscardReason };

export const ADMIT: Verdict = { kind: 'admit' };
export const WAIT: Verdict = { kind: 'wait' };

/** Nobody is sent back for longer than this at a time, so that other settings hold soon for all; ms. */
export const LATER_MAX_MS = 3_600_000;
/** Keys of one verb on one node that are remembered at once. What happens beyond is said at each verb. */
export const KEYS_MAX = 10_000;
/** What came back no more by this long after its time has gone another way and is forgotten; ms. */
export const FORGET_AFTER_MS = 60_000;

/**
 * A message before a verb: what it is and where it stands. One for each time that it is handed out: when a lease was lost,
 * work on the same message may begin anew before the work that lost it has ended.
 */
export interface Subject {
  readonly held: Held;
  /** The same each time it is handed out, and no other message's. */
  readonly place: string;
}

/** How the work on an admitted message ended. */
export type End =
  /** Not tried, or given back: it comes again as if it had not been admitted. */
  | { readonly kind: 'released' }
  | { readonly kind: 'retry'; readonly dueAt: number }
  /** It has left its wire, or is with another. */
  | { readonly kind: 'over' };

/**
 * One verb of flow control on one node. It keeps what it knows in memory and bounded: after a crash or a change of the
 * node it begins anew.
 */
export interface Verb {
  /** Asked when the message is in hand, as often as it likes; only `later` and `wait` may change what it knows. */
  judge(subject: Subject): Verdict;
  /** All verbs have admitted it, and work on it begins. */
  started(subject: Subject): void;
  ended(subject: Subject, end: End): void;
}

export function subjectOf(held: Held): Subject {
  return { held, place: `${nameOf(held.lease.source)}#${held.lease.position}` };
}

function nameOf(source: LeaseSource): string {
  return source.kind === 'queue' ? source.queue : `${source.group} ${source.partition}`;
}

/** The value by which messages belong together; `undefined` where nothing stands at the path. */
export function keyOf({ held }: Subject, path: string | undefined): string | undefined {
  return path === undefined ? '' : readKeyPath(held.lease.message, path);
}

/** True when `one` came after `other`: by their places on one wire, by their time across wires. */
export function isLater(one: Lease, other: Lease): boolean {
  if (nameOf(one.source) === nameOf(other.source)) return one.position > other.position;
  return one.message.enqueuedAt > other.message.enqueuedAt;
}
