import { describeRefusal, runVersion } from './run-version.ts';
import type { ServerParts } from './server-parts.ts';

/** After a start: runs again what should run. One that cannot is set down as failed and holds up no other. */
export async function redeployAll(parts: ServerParts): Promise<{ readonly running: number; readonly failed: number }> {
  let running = 0;
  let failed = 0;
  for (const { pipelineId, version: number, state } of await parts.database.deployments.list()) {
    if (state === 'stopped') continue;
    await parts.turns.take(pipelineId, async () => {
      const version = await parts.versions.find(pipelineId, number);
      if (version === undefined) return;
      const result = await runVersion(parts, {
        pipelineId,
        version: number,
        document: version.document,
        paused: state === 'paused',
        draining: state === 'draining',
        // Nobody is there to be asked: what a version left that was cut off is worked off, or stays and is shown.
        removedWires: 'drain',
      });
      if (result.ok) {
        running += 1;
        return;
      }
      failed += 1;
      parts.log({
        level: 'error',
        text: `Pipeline "${version.document.name}" cannot run: ${describeRefusal(result)}`,
        data: { pipelineId, version: number, reason: result.reason },
      });
    });
  }
  return { running, failed };
}
