import type { Clock } from '../ports/clock.ts';
import type { Lease, LeaseResult, PeekedMessage, StoreOperation } from '../ports/message-store.ts';

/**
 * Wall time without its jumps: what the wall clock said when this was made, plus what has passed since. A store keeps
 * moments that lie ahead (a retry that is due) in it, so that nobody waits an hour longer because the clock was set back
 * by one, and tells its callers moments as their wall clock stands.
 */
export interface SteadyTime {
  /** ms since 1970, as if the wall clock had never been set. */
  now(): number;
  /** The same operations, with the moments until which messages wait in steady time. */
  operations(operations: readonly StoreOperation[]): readonly StoreOperation[];
  /** The same answers, with their moments in wall time. */
  leases(result: LeaseResult): LeaseResult;
  lease(lease: Lease): Lease;
  peeked(messages: readonly PeekedMessage[]): readonly PeekedMessage[];
}

/** Less than this is the two clocks being read one after the other. */
const READING_MS = 100;

/** `notBefore`: how far steady time had come before a restart; it never goes back. */
export function createSteadyTime(clock: Clock, notBefore = Number.NEGATIVE_INFINITY): SteadyTime {
  const beganAt = Math.max(clock.now(), notBefore) - clock.monotonicMs();
  const now = (): number => beganAt + clock.monotonicMs();
  /** How far the wall clock is ahead; was, when it was `asOf` ahead of the monotonic one. */
  const aheadMs = (asOf = clock.now() - clock.monotonicMs()): number => {
    const ms = asOf - beganAt;
    return Math.abs(ms) < READING_MS ? 0 : ms;
  };
  const inSteadyTime = (operation: StoreOperation): StoreOperation => {
    if ((operation.op !== 'retry' && operation.op !== 'release') || operation.dueAt === undefined) return operation;
    const ms = aheadMs(operation.asOf);
    return ms === 0 ? operation : { ...operation, dueAt: operation.dueAt - ms };
  };
  return {
    now,
    operations(operations) {
      return operations.some((operation) => inSteadyTime(operation) !== operation)
        ? operations.map(inSteadyTime)
        : operations;
    },
    lease(lease) {
      const ms = aheadMs();
      return ms === 0 ? lease : { ...lease, expiresAt: lease.expiresAt + ms };
    },
    leases(result) {
      const ms = aheadMs();
      if (ms === 0) return result;
      return {
        leases: result.leases.map((lease) => ({ ...lease, expiresAt: lease.expiresAt + ms })),
        ...(result.nextDueAt === undefined ? {} : { nextDueAt: result.nextDueAt + ms }),
      };
    },
    peeked(messages) {
      const ms = aheadMs();
      if (ms === 0) return messages;
      return messages.map((message) =>
        message.dueAt === undefined ? message : { ...message, dueAt: message.dueAt + ms },
      );
    },
  };
}
