import type { StoredPipeline } from '@sluice/database';
import type { ServerParts } from './server-parts.ts';
import { describeRefusal, runVersion } from './run-version.ts';

/** Sets a secret, then starts the nodes that use it over, because they fetched its value when they started. */
export async function putSecret(
  parts: ServerParts,
  secret: { readonly name: string; readonly value: string },
): Promise<void> {
  await parts.vault.put(secret.name, secret.value);
  for (const pipeline of await deploymentsUsing(parts, secret.name)) {
    await parts.turns.take(pipeline.id, async () => {
      const deployment = await parts.database.deployments.find(pipeline.id);
      if (deployment === undefined || deployment.state === 'stopped') return;
      const version = await parts.versions.find(pipeline.id, deployment.version);
      if (version === undefined) return;
      const result = await runVersion(parts, {
        pipelineId: pipeline.id,
        version: version.number,
        document: version.document,
        paused: deployment.state === 'paused',
        draining: deployment.state === 'draining',
        removedWires: 'drain',
        renew: version.document.nodes.filter((node) => refersTo(node, secret.name)).map(({ id }) => id),
      });
      if (result.ok) return;
      parts.log({
        level: 'warn',
        text: `Pipeline "${pipeline.name}" did not take the new value of secret "${secret.name}": ${describeRefusal(result)}`,
      });
    });
  }
}

export type RemoveSecretOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'secret-not-found' }
  | { readonly ok: false; readonly reason: 'secret-in-use'; readonly pipelines: readonly string[] };

/** Refused while a deployment that should run needs it: it would fail at the next start. */
export async function removeSecret(parts: ServerParts, name: string): Promise<RemoveSecretOutcome> {
  const users = await deploymentsUsing(parts, name);
  if (users.length > 0)
    return { ok: false, reason: 'secret-in-use', pipelines: users.map((pipeline) => pipeline.name) };
  return (await parts.vault.remove(name)) ? { ok: true } : { ok: false, reason: 'secret-not-found' };
}

async function deploymentsUsing(parts: ServerParts, name: string): Promise<readonly StoredPipeline[]> {
  const users: StoredPipeline[] = [];
  for (const pipeline of await parts.database.pipelines.list()) {
    const { deployment } = pipeline;
    if (deployment === undefined || deployment.state === 'stopped') continue;
    const version = await parts.versions.find(pipeline.id, deployment.version);
    if (version !== undefined && refersTo(version.document, name)) users.push(pipeline);
  }
  return users;
}

function refersTo(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('$secret' in value && value.$secret === name) return true;
  return Object.values(value).some((member) => refersTo(member, name));
}
