/** Lets what concerns one thing happen one after the other, in the order of asking; a failure concerns nobody behind it. */
export interface Turns {
  take<Result>(name: string, act: () => Promise<Result>): Promise<Result>;
  /** Resolves when everything that has been asked for so far is over. */
  idle(): Promise<void>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    take(name, act) {
      const result = (last.get(name) ?? Promise.resolve()).then(act);
      const over = result.then(
        () => {},
        () => {},
      );
      last.set(name, over);
      void over.then(() => {
        if (last.get(name) === over) last.delete(name);
      });
      return result;
    },
    async idle() {
      await Promise.all(last.values());
    },
  };
}
