/** How many messages per second there are at a moment, ms after the start. */
export interface RateCurve {
  at(elapsedMs: number): number;
  /** The next moment after `elapsedMs` at which the rate changes; `Infinity` when it never does. */
  nextChange(elapsedMs: number): number;
}

export function constantRate(perSecond: number): RateCurve {
  return { at: () => perSecond, nextChange: () => Number.POSITIVE_INFINITY };
}

/** A constant rate with peaks: the first at the end of the first span, each lasting `lastsMs`. */
export function spikingRate(spikes: {
  readonly perSecond: number;
  readonly peakPerSecond: number;
  readonly everyMs: number;
  readonly lastsMs: number;
}): RateCurve {
  const { perSecond, peakPerSecond, everyMs } = spikes;
  // Spikes that would overlap run into each other.
  const lastsMs = Math.min(spikes.lastsMs, everyMs);
  return {
    at: (elapsedMs) => (elapsedMs >= everyMs && elapsedMs % everyMs < lastsMs ? peakPerSecond : perSecond),
    nextChange: (elapsedMs) => {
      const spanStart = Math.floor(elapsedMs / everyMs) * everyMs;
      const spikeEnd = spanStart + lastsMs;
      return elapsedMs >= everyMs && elapsedMs < spikeEnd ? spikeEnd : spanStart + everyMs;
    },
  };
}

/**
 * The moment at which `amount` more messages have come due, counted from `fromMs`. Goes from change to change, so a long
 * gap at a low rate does not leap over a spike.
 */
export function nextArrival(curve: RateCurve, fromMs: number, amount: number): number {
  let [moment, left] = [fromMs, amount];
  for (;;) {
    const perMs = curve.at(moment) / 1_000;
    const change = curve.nextChange(moment);
    const due = moment + left / perMs;
    if (due <= change) return due;
    left -= (change - moment) * perMs;
    moment = change;
  }
}
