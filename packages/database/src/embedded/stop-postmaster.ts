import { setTimeout as delay } from 'node:timers/promises';
import { systemCode } from './embedded-errors.ts';
import { inspectProcess } from './postmaster-process.ts';
import { readPostmasterFile } from './postmaster-pid.ts';

/**
 * In turn: disconnect clients and write everything out; leave at once, to recover at the next start; be killed.
 * None loses what was committed.
 */
const STEPS = [
  { signal: 'SIGINT', patienceMs: 10_000 },
  { signal: 'SIGQUIT', patienceMs: 6_000 },
  { signal: 'SIGKILL', patienceMs: 2_000 },
] as const;

const POLL_MS = 10;

/** Ends the server of this cluster, if `pid` is still that, and waits until it has left; 18 seconds at the very most. */
export async function stopPostmaster(pid: number, cluster: string): Promise<void> {
  for (const { signal, patienceMs } of STEPS) {
    if ((await inspectProcess(pid, cluster)) !== 'ours') return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (systemCode(error) === 'ESRCH') return;
      throw error;
    }
    if (await hasLeft(pid, cluster, patienceMs)) return;
  }
}

/** Polled, because a server that was taken over is not our child and nobody tells us of its end. */
async function hasLeft(pid: number, cluster: string, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const file = await readPostmasterFile(cluster);
    if (file?.pid !== pid || (await inspectProcess(pid, cluster)) !== 'ours') return true;
    await delay(POLL_MS);
  }
  return false;
}
