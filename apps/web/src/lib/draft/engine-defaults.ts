import { DEFAULTS, formatDuration, type NodeDefinition, type NodeDocument } from '@sluice/pipeline';

/** What holds where a document says nothing, in the notation of documents. */
export const ENGINE_DEFAULTS = {
  workers: DEFAULTS.workers,
  workersCallingOut: DEFAULTS.workersCallingOut,
  timeout: formatDuration(DEFAULTS.timeoutMs),
  timeoutCallingOut: formatDuration(DEFAULTS.timeoutCallingOutMs),
  retry: {
    attempts: DEFAULTS.retry.attempts,
    base: formatDuration(DEFAULTS.retry.baseMs),
    cap: formatDuration(DEFAULTS.retry.capMs),
  },
  breakerOpenFor: formatDuration(DEFAULTS.breaker.openForMs),
  quarantineAfter: DEFAULTS.quarantineAfter,
  line: DEFAULTS.call.line,
  deadline: formatDuration(DEFAULTS.call.deadlineMs),
  capacity: DEFAULTS.queue.messages,
  capacityBytes: DEFAULTS.queue.bytes,
  partitions: DEFAULTS.log.partitions,
  retention: formatDuration(DEFAULTS.log.ageMs),
  retentionBytes: DEFAULTS.log.bytes,
} as const;

export function workersOf(node: NodeDocument | undefined, definition: NodeDefinition | undefined): number {
  const workers = node?.work?.workers;
  if (typeof workers === 'object') return workers.max;
  return workers ?? (definition?.callsOut === true ? ENGINE_DEFAULTS.workersCallingOut : ENGINE_DEFAULTS.workers);
}

/** The rate that a node's limit allows, such as `100/s`; `undefined` where there is none. */
export function rateOf(node: NodeDocument | undefined): string | undefined {
  const limit = node?.work?.rateLimit;
  return typeof limit === 'object' ? limit.rate : limit;
}

export function timeoutOf(node: NodeDocument | undefined, definition: NodeDefinition | undefined): string {
  return (
    node?.work?.timeout ?? (definition?.callsOut === true ? ENGINE_DEFAULTS.timeoutCallingOut : ENGINE_DEFAULTS.timeout)
  );
}
