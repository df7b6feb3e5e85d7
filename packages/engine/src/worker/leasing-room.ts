import type { Reach } from '../running/reach.ts';

/** Leaves a feed the room for messages that it is about to ask its store for. */
export function claimRoom({ rooms }: Reach, messages: number): void {
  for (const { room } of rooms) room.claim(messages);
}

/**
 * So many have come of those asked for. Reserves room for them, and answers how many have it: callers may have taken some
 * meanwhile, and what is left over has to go back.
 */
export function reserveRoom({ rooms }: Reach, claimed: number, came: number): number {
  const fitting = rooms.reduce((least, { room }) => Math.min(least, room.fitting(came)), came);
  // Reserved before the claims end: who is woken by those must not take it.
  for (const { room } of rooms) room.reserve(fitting);
  for (const { room } of rooms) room.unclaim(claimed);
  return fitting;
}
