/**
 * Gives the turn to the process's timers and sockets and comes back. Of all who wait, one goes on in each round of the
 * event loop: were all let go in the same one, everything else would wait for the sum of what they do next.
 */
export function createBreath(): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const letOneGo = (): void => {
    waiting.shift()?.();
    // What is asked for while immediates run belongs to the next round.
    if (waiting.length > 0) setImmediate(letOneGo);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(letOneGo);
    });
}
