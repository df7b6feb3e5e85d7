import { statfs } from 'node:fs/promises';
import type { Clock, DiskRoom, Timer } from '@sluice/engine';

/**
 * Intake stops when less than the reserve can still be written: so much is kept for finishing what was accepted, which
 * needs room for a moment even where it frees some in the end, for what comes in between two looks, and for the database
 * beside. Unless somebody says how much, it is a share of the disk within these bounds.
 */
export const DISK_RESERVE = { share: 0.02, least: 67_108_864, most: 1_073_741_824 } as const;
/** Intake begins again when this many times the reserve is free: what stops and starts at one level flutters. */
const OPEN_AGAIN = 1.25;
const LOOK_MS = 1_000;

/** Keeps an eye on the disk of the data folder. */
export interface DiskWatch extends DiskRoom {
  stop(): void;
}

/** What a file system has, in bytes. */
interface FileSystemSpace {
  readonly free: number;
  readonly total: number;
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
  /** Bytes that are kept; absent: as `DISK_RESERVE` says. */
  readonly reserveBytes?: number | undefined;
  /** What the file system has; `undefined` when nobody knows. */
  readonly spaceOutside?: (dir: string) => Promise<FileSystemSpace | undefined>;
}): Promise<DiskWatch> {
  const { dir, clock, freeInside, spaceOutside = spaceOfFileSystem } = o;
  let isShort = false;
  let isStopped = false;
  let timer: Timer | undefined;

  const look = async (): Promise<void> => {
    const outside = await spaceOutside(dir);
    if (isStopped) return;
    if (outside === undefined) isShort = false;
    else {
      const reserve = o.reserveBytes ?? reserveOf(outside.total);
      isShort = outside.free + freeInside() < reserve * (isShort ? OPEN_AGAIN : 1);
    }
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

/** What is kept of a disk of this size. */
export function reserveOf(totalBytes: number): number {
  const { share, least, most } = DISK_RESERVE;
  return Math.min(most, Math.max(least, totalBytes * share));
}

async function spaceOfFileSystem(dir: string): Promise<FileSystemSpace | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(dir);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    // Some network and container file systems refuse; see above what follows from it.
    return undefined;
  }
}
