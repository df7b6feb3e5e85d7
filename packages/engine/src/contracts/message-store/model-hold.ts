import { expect } from 'vitest';
import type { Lease, LeaseResult } from '../../ports/message-store.ts';
import { LEASE_MS } from './builders.ts';
import { hasExpired, type ModelMessage, type ModelTime, type StoreModel, takeBack } from './model-state.ts';

/** Notes that the messages, in this order, were handed out, and compares what the leases say of them. */
export function hold(
  model: StoreModel,
  hands: { readonly taken: readonly ModelMessage[]; readonly result: LeaseResult; readonly time: ModelTime },
): void {
  for (const [index, message] of hands.taken.entries()) {
    const lease = hands.result.leases[index] as Lease; // as many as were taken
    takeBack(message, { asAttempt: hasExpired(message, hands.time), asCrash: false });
    expect(lease).toMatchObject({ message: { attempt: message.attempts + 1 }, crashes: message.crashes });
    expect(lease.history).toHaveLength(Math.min(message.failures, 20));
    for (const earlier of model.leases)
      if (earlier.message.id === message.id) expect(lease.token).toBeGreaterThan(earlier.token);
    message.dueAt = undefined;
    message.held = { lease, endsAtMs: hands.time.monotonicMs + LEASE_MS };
    model.leases.push(lease);
  }
}
