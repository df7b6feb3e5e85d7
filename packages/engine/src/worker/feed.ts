/**
 * Takes messages from one durable source and has them worked on. `wake` is a hint that something may have changed:
 * room, a free worker, a new message. `stop` takes nothing more and resolves when nothing is in hand.
 */
export interface Feed {
  start(): void;
  wake(): void;
  /** True while something downstream keeps it from starting work. */
  held(): boolean;
  stop(): Promise<void>;
  /** True when it found no free worker the last time it looked. */
  starved(): boolean;
  inHand(): number;
}
