import type { ServerParts } from './server-parts.ts';

export type RemovePipelineOutcome =
  | { readonly ok: true; readonly discarded: number }
  | { readonly ok: false; readonly reason: 'pipeline-not-found' | 'still-deployed' };

/** Removes a pipeline that is not in operation, with its versions and what still waits on its wires, which is counted. */
export async function removePipeline(parts: ServerParts, idOrName: string): Promise<RemovePipelineOutcome> {
  const found = await parts.database.pipelines.find(idOrName);
  if (found === undefined) return { ok: false, reason: 'pipeline-not-found' };
  return parts.turns.take(found.id, async () => {
    const deployment = await parts.database.deployments.find(found.id);
    if (deployment !== undefined && deployment.state !== 'stopped') return { ok: false, reason: 'still-deployed' };
    // First the record: without it nothing can be deployed again, and a crash in between leaves only unreachable queues.
    if (!(await parts.database.pipelines.remove(found.id))) return { ok: false, reason: 'pipeline-not-found' };
    const { messages = 0, deadLetters = 0 } = (await parts.engine.forget(found.id)) ?? {};
    const discarded = messages + deadLetters;
    parts.failures.delete(found.id);
    parts.announce({
      pipelineId: found.id,
      kind: 'removed',
      elementId: null,
      text:
        discarded === 0
          ? `${found.title} was removed`
          : `${found.title} was removed with ${messages} waiting messages and ${deadLetters} dead letters`,
    });
    parts.log({
      level: 'info',
      text: `Pipeline "${found.name}" was removed`,
      data: { pipelineId: found.id, messages, deadLetters },
    });
    return { ok: true, discarded };
  });
}
