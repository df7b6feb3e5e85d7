import { putSecret, removeSecret } from '../../use-cases/change-secret.ts';
import type { ServerParts } from '../../use-cases/server-parts.ts';
import { EMPTY, json } from '../answer.ts';
import { refuse } from '../errors-to-http.ts';
import type { HandlersOf } from '../handlers.ts';

export function secretRoutes(parts: ServerParts): HandlersOf<'listSecrets' | 'putSecret' | 'removeSecret'> {
  return {
    async listSecrets() {
      const secrets = await parts.vault.list();
      return json({ secrets: secrets.map(({ name, updatedAt }) => ({ name, updatedAt: updatedAt.toISOString() })) });
    },

    async putSecret({ params, body }) {
      await putSecret(parts, { name: params.name, value: body.value });
      return EMPTY;
    },

    async removeSecret({ params }) {
      const outcome = await removeSecret(parts, params.name);
      if (outcome.ok) return EMPTY;
      if (outcome.reason === 'secret-not-found')
        return refuse('secret-not-found', `There is no secret "${params.name}".`);
      const users = outcome.pipelines.map((name) => `"${name}"`).join(', ');
      return refuse(
        'secret-in-use',
        `Deployed pipelines use this secret: ${users}. Stop them, or deploy versions that do without it.`,
        {
          members: { pipelines: outcome.pipelines },
        },
      );
    },
  };
}
