import type { Random } from '@sluice/engine';

/** Chance for jitter and sampling; not for secrets. */
export const systemRandom: Random = { next: () => Math.random() };
