/** Counts what came out at the far end: every number once, none twice, none that was never put in. */
export interface Tally {
  /** Never throws: consumers of queues catch what their handlers throw, and `complete` tells instead. */
  see(number: number): void;
  /** Resolves when every number has been seen; rejects at the first that comes twice or was never put in. */
  readonly complete: Promise<void>;
  /** Throws unless every number has been seen exactly once until now. To be asked when nothing can come any more. */
  assertExact(): void;
}

export function createTally(count: number): Tally {
  const seen = new Uint8Array(count);
  const complete = Promise.withResolvers<void>();
  // Whoever waits learns of it, and `assertExact` tells it again.
  complete.promise.catch(() => undefined);
  let distinct = 0;
  let fault: Error | undefined;

  const fail = (text: string): void => {
    fault ??= new Error(text);
    complete.reject(fault);
  };

  return {
    see(number) {
      if (seen[number] === undefined) return fail(`message ${number} came out and was never put in`);
      if (seen[number] !== 0) return fail(`message ${number} came out twice`);
      seen[number] = 1;
      distinct += 1;
      if (distinct === count) complete.resolve();
    },
    complete: complete.promise,
    assertExact() {
      if (fault !== undefined) throw fault;
      if (distinct < count) throw new Error(`${count - distinct} of ${count} messages did not come out`);
    },
  };
}
