import process from 'node:process';

export interface StopSignal extends Disposable {
  /** Resolves when somebody asks to stop: SIGTERM, or Ctrl-C. */
  readonly asked: Promise<void>;
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Ctrl-C reaches this process directly and again from npm, which passes on what it got. Within this time it is one wish. */
const ECHO_MS = 1_000;

/** Listens for the wish to stop. Asked once more, later, the process ends at once: nothing is lost, but its start takes longer. */
export function listenForStop(): StopSignal {
  const wish = Promise.withResolvers<void>();
  let askedAt: number | undefined;
  const stop = (): void => {
    askedAt ??= performance.now();
    if (performance.now() - askedAt > ECHO_MS) process.exit(1);
    wish.resolve();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return {
    asked: wish.promise,
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, stop);
    },
  };
}
