import { connectPool } from './connect-pool.ts';
import { connectionTarget } from './connection-target.ts';
import type { Database } from './database.ts';
import { databaseUnreachable } from './database-unreachable.ts';
import { findDeployment } from './deployments/find-deployment.ts';
import { listDeployments } from './deployments/list-deployments.ts';
import { removeDeployment } from './deployments/remove-deployment.ts';
import { setDeployment } from './deployments/set-deployment.ts';
import { migrate } from './migrations/migrate.ts';
import { createPipeline } from './pipelines/create-pipeline.ts';
import { findPipeline } from './pipelines/find-pipeline.ts';
import { listPipelines } from './pipelines/list-pipelines.ts';
import { removePipeline } from './pipelines/remove-pipeline.ts';
import { saveDraft } from './pipelines/save-draft.ts';
import { createPrismaClient } from './prisma-client.ts';
import { findSecret } from './secrets/find-secret.ts';
import { listSecrets } from './secrets/list-secrets.ts';
import { putSecret } from './secrets/put-secret.ts';
import { removeSecret } from './secrets/remove-secret.ts';
import { getSetting } from './settings/get-setting.ts';
import { setSetting } from './settings/set-setting.ts';
import { findVersion } from './versions/find-version.ts';
import { listVersions } from './versions/list-versions.ts';
import { publishVersion } from './versions/publish-version.ts';
import { withdrawVersion } from './versions/withdraw-version.ts';

/** A server that accepts but does not answer is as good as none. (pg's types leave the timeout out.) */
const CHECK = { text: 'SELECT 1', query_timeout: 5_000 };

/**
 * Connects, applies pending migrations and hands out the repositories.
 *
 * `migrationsDir` is the absolute path of prisma/migrations; a parameter, because a bundled program lies elsewhere.
 * @throws DatabaseUnreachableError, DatabaseUrlInvalidError, DatabaseNotEmptyError, DatabaseNewerError,
 * MigrationFailedError. No connection stays open then.
 */
export async function openDatabase(o: { readonly url: string; readonly migrationsDir: string }): Promise<Database> {
  const target = connectionTarget(o.url);
  const pool = await connectPool(o.url);
  try {
    await migrate({ pool, ...o });
  } catch (error) {
    await pool.end();
    throw error;
  }
  const client = createPrismaClient(pool, target);
  return {
    pipelines: {
      list: () => listPipelines(client),
      find: (idOrName) => findPipeline(client, idOrName),
      create: ({ document }) => createPipeline(client, document),
      saveDraft: (draft) => saveDraft(client, draft),
      remove: (id) => removePipeline(client, id),
    },
    versions: {
      publish: (version) => publishVersion(client, version),
      withdraw: (version) => withdrawVersion(client, version),
      list: (pipelineId) => listVersions(client, pipelineId),
      find: (pipelineId, number) => findVersion(client, pipelineId, number),
    },
    deployments: {
      list: () => listDeployments(client),
      find: (pipelineId) => findDeployment(client, pipelineId),
      set: (deployment) => setDeployment(client, deployment),
      remove: (pipelineId) => removeDeployment(client, pipelineId),
    },
    secrets: {
      list: () => listSecrets(client),
      find: (name) => findSecret(client, name),
      put: (secret) => putSecret(client, secret),
      remove: (name) => removeSecret(client, name),
    },
    settings: {
      get: (key) => getSetting(client, key),
      set: (key, value) => setSetting(client, key, value),
    },
    check: async () => {
      await pool.query(CHECK).catch((error: unknown) => {
        throw databaseUnreachable(target, error);
      });
    },
    close: async () => {
      await client.$disconnect();
      await pool.end();
    },
  };
}
