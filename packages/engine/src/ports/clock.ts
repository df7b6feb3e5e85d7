/** Handle of a timer that has been set; opaque to the engine. */
export type Timer = { readonly __timer: unique symbol } | object | number;

/** The only source of time in the engine. */
export interface Clock {
  /** Wall time in milliseconds since 1970-01-01T00:00Z. May jump; use it for dates that are stored or shown. */
  now(): number;
  /** Milliseconds since an arbitrary origin; never goes back. Use it for durations. */
  monotonicMs(): number;
  /** Calls `fire` once, not before `delayMs` has passed. Never calls it synchronously. */
  setTimer(delayMs: number, fire: () => void): Timer;
  /** Forgets a timer. A timer that has fired or is unknown is ignored. */
  clearTimer(timer: Timer): void;
}
