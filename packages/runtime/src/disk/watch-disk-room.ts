import { statfs } from 'node:fs/promises';
import type { Clock, Timer } from '@sluice/engine';

/**
 * Intake stops when less than this can still be written: so much is kept for finishing what was accepted, which needs
 * room for a moment even where it frees some in the end, and for the database beside.
 */
export const DISK_RESERVE_BYTES = 67_108_864;
/** Intake begins again when this many times the reserve is free: what stops and starts at one level flutters. */
const OPEN_AGAIN = 1.25;
const LOOK_MS = 1_000;

/** Keeps an eye on the disk of the data folder. */
export interface DiskRoom {
  /** True while there is less than the reserve, and from then on until there is clearly more. */
  isShort(): boolean;
  stop(): void;
}

/**
 * Looks once before it resolves, then once a second. Room is what the file system has left for this user, and what the
 * store's own file has free inside: it never shrinks, so a backlog that was worked off gives room only there.
 *
 * Where the system does not tell, nothing is held back; a disk that is full then makes the store fail.
 */
export async function watchDiskRoom(o: {
  readonly dir: string;
  readonly clock: Clock;
  /** Bytes that the store can write without a larger file. */
  readonly freeInside: () => number;
  /** Free bytes of the file system; `undefined` when nobody knows. */
  readonly freeOutside?: (dir: string) => Promise<number | undefined>;
}): Promise<DiskRoom> {
  const { dir, clock, freeInside, freeOutside = freeOnFileSystem } = o;
  let isShort = false;
  let isStopped = false;
  let timer: Timer | undefined;

  const look = async (): Promise<void> => {
    const outside = await freeOutside(dir);
    if (isStopped) return;
    if (outside === undefined) isShort = false;
    else isShort = outside + freeInside() < DISK_RESERVE_BYTES * (isShort ? OPEN_AGAIN : 1);
  };
  const lookLater = (): void => {
    timer = clock.setTimer(LOOK_MS, () => {
      look().then(
        () => {
          if (!isStopped) lookLater();
        },
        // The store has failed: it says so itself, and there is nothing left to keep room for.
        () => undefined,
      );
    });
  };
  await look();
  lookLater();
  return {
    isShort: () => isShort,
    stop() {
      isStopped = true;
      if (timer !== undefined) clock.clearTimer(timer);
    },
  };
}

async function freeOnFileSystem(dir: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  } catch {
    // Some network and container file systems refuse; see above what follows from it.
    return undefined;
  }
}
