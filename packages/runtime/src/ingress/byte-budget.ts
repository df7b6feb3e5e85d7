/** Bounds what bodies in memory hold together, however many senders there are. */
export interface ByteBudget {
  /** Takes bytes, or answers false and takes nothing. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

export function createByteBudget(limitBytes: number): ByteBudget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > limitBytes) return false;
      taken += bytes;
      return true;
    },
    giveBack(bytes) {
      taken -= bytes;
    },
  };
}
