/**
 * Whether the store failed because its disk does not answer. `process.exit` then waits for ever for the thread that waits
 * for the disk: only a signal ends the process.
 */
export function isDiskSilent({ cause }: Error): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'disk-silent';
}
