import type { ChildProcess } from 'node:child_process';
import process from 'node:process';

const children = new Set<ChildProcess>();
let isWatching = false;

/**
 * Ends the child when this process ends before it, by whatever signal but SIGKILL. Answers how to take that back. For
 * programs of others: those of the bench end by themselves when they are let go of, and clear up first.
 */
export function endWithUs(child: ChildProcess): () => void {
  if (!isWatching) {
    isWatching = true;
    process.once('exit', () => {
      for (const each of children) each.kill('SIGTERM');
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  }
  children.add(child);
  return () => children.delete(child);
}
