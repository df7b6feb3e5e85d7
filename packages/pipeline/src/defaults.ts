/** Settings that hold where a document says nothing. Shown in forms and in `docs/engine-spec.md`. */
export const DEFAULTS = {
  workers: 16,
  /** Nodes that call out hold a connection of the target each. */
  workersCallingOut: 8,
  timeoutMs: 10_000,
  timeoutCallingOutMs: 30_000,
  /** Where workers follow the backlog: more while so many wait for each worker, or the oldest waits so long. */
  scale: { min: 1, depth: 10, ageMs: 5_000 },
  retry: { attempts: 8, baseMs: 200, capMs: 300_000, budget: 0.2 },
  breaker: { failureRate: 0.5, windowMs: 30_000, minimumCalls: 10, openForMs: 10_000, probes: 1 },
  quarantineAfter: 3,
  call: { line: 100, deadlineMs: 30_000 },
  queue: { messages: 100_000, bytes: 1_073_741_824 },
  /** A full wire opens again at this share of its capacity. */
  lowWater: 0.8,
  visibilityMs: 30_000,
  batch: { bytes: 1_048_576, waitMs: 1_000 },
  /** Longest wait of a debounced message, in periods. */
  debouncePeriods: 10,
  log: { partitions: 4, ageMs: 259_200_000, bytes: 1_073_741_824 },
  limits: { bytes: 10_737_418_240, deadLetters: 100_000, deadLetterBytes: 1_073_741_824 },
  trace: { sample: 0.01 },
} as const;
