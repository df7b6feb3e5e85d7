import type { DiskRoom, Problem } from '@sluice/engine';
import type { PendingWrites } from './pending-writes.ts';

/** A disk that takes longer than this for one write is in trouble: what comes now would only wait behind it. */
export const DISK_SLOW_MS = 5_000;
const RETRY_AFTER_S = { slow: 5, full: 30 } as const;

/** What is wrong with the disk just now, in words; `undefined` when it answers. The store gives it up after a while. */
export function diskTrouble(writes: Pick<PendingWrites, 'oldestMs'>): string | undefined {
  const waitingMs = writes.oldestMs();
  return waitingMs < DISK_SLOW_MS
    ? undefined
    : `the disk has owed the answer to a write for ${Math.floor(waitingMs / 1_000)} s`;
}

/** Why webhooks are refused before anything is read of them; `undefined` when they are welcome. */
export function intakeHold(
  writes: Pick<PendingWrites, 'oldestMs'>,
  room: Pick<DiskRoom, 'isShort'>,
): Problem | undefined {
  const trouble = diskTrouble(writes);
  if (trouble !== undefined) {
    return {
      status: 503,
      code: 'disk-silent',
      title: 'The disk does not answer',
      detail: `Nothing was stored: ${trouble}. Send the request again after the time in Retry-After.`,
      retryAfterSeconds: RETRY_AFTER_S.slow,
    };
  }
  if (room.isShort()) {
    return {
      status: 507,
      code: 'disk-full',
      title: 'The disk is nearly full',
      detail:
        'Nothing was stored: what room is left is kept for messages that were accepted before. Send the request again after the time in Retry-After.',
      retryAfterSeconds: RETRY_AFTER_S.full,
    };
  }
  return undefined;
}
