import process from 'node:process';

export interface StopSignal extends Disposable {
  /** Resolves when somebody asks to stop: SIGTERM, or Ctrl-C. */
  readonly asked: Promise<void>;
}

/** Listens for the wish to stop. Once it has come, a second one takes effect at once, as the system has it. */
export function listenForStop(): StopSignal {
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
  let forget = (): void => {};
  const asked = new Promise<void>((resolve) => {
    const stop = (): void => {
      forget();
      resolve();
    };
    forget = () => {
      for (const signal of signals) process.off(signal, stop);
    };
    for (const signal of signals) process.on(signal, stop);
  });
  return { asked, [Symbol.dispose]: () => forget() };
}
