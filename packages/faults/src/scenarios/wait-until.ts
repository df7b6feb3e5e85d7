import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 60_000;

/** Waits for a state; rejects, naming it, when it does not come. */
export async function waitUntil(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  withinMs = PATIENCE_MS,
): Promise<void> {
  const until = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > until) throw new Error(`Waited ${withinMs} ms in vain until ${what}.`);
    await delay(5);
  }
}
