/** Settings that hold where a document says nothing. Shown in forms and in `docs/engine-spec.md`. */
export const DEFAULTS = {
  workers: 16,
  /** Nodes that call out hold a connection of the target each. */
  workersCallingOut: 8,
  timeoutMs: 10_000,
  timeoutCallingOutMs: 30_000,
  retry: { attempts: 8, baseMs: 200, capMs: 300_000 },
  breaker: { failureRate: 0.5, windowMs: 30_000, minimumCalls: 10, openForMs: 10_000, probes: 1 },
  quarantineAfter: 3,
  call: { line: 100, deadlineMs: 30_000 },
  queue: { messages: 100_000, bytes: 1_073_741_824 },
  log: { partitions: 4, ageMs: 259_200_000, bytes: 1_073_741_824 },
} as const;
