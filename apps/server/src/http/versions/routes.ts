import type { StoredPipeline, StoredVersion } from '@sluice/database';
import { diffDocuments } from '@sluice/pipeline';
import type { Version } from '@sluice/protocol';
import type { ServerParts } from '../../use-cases/server-parts.ts';
import { json } from '../answer.ts';
import type { HandlersOf } from '../handlers.ts';
import { pipelineNotFound, versionNotFound } from '../not-found.ts';
import { presentSaved } from '../pipelines/routes.ts';

export function versionRoutes(
  parts: ServerParts,
): HandlersOf<'listVersions' | 'readVersion' | 'restoreVersion' | 'diffVersions'> {
  return {
    async listVersions({ params }) {
      const pipeline = await parts.database.pipelines.find(params.id);
      if (pipeline === undefined) return pipelineNotFound(params.id);
      const versions = await parts.database.versions.list(pipeline.id);
      return json({ versions: versions.map((version) => presentVersion(version, pipeline)) });
    },

    async readVersion({ params }) {
      const pipeline = await parts.database.pipelines.find(params.id);
      if (pipeline === undefined) return pipelineNotFound(params.id);
      const version = await parts.versions.find(pipeline.id, params.number);
      if (version === undefined) return versionNotFound(params.number);
      return json({ ...presentVersion(version, pipeline), document: version.document });
    },

    async restoreVersion({ params }) {
      const pipeline = await parts.database.pipelines.find(params.id);
      if (pipeline === undefined) return pipelineNotFound(params.id);
      const version = await parts.versions.find(pipeline.id, params.number);
      if (version === undefined) return versionNotFound(params.number);
      const saved = await parts.database.pipelines.saveDraft({
        id: pipeline.id,
        document: version.document,
        revision: pipeline.revision,
      });
      return presentSaved(parts, saved, { id: params.id, document: version.document });
    },

    async diffVersions({ params }) {
      const pipeline = await parts.database.pipelines.find(params.id);
      if (pipeline === undefined) return pipelineNotFound(params.id);
      const [before, after] = await Promise.all([
        parts.versions.find(pipeline.id, params.number),
        parts.versions.find(pipeline.id, params.other),
      ]);
      if (before === undefined) return versionNotFound(params.number);
      if (after === undefined) return versionNotFound(params.other);
      return json({ from: params.number, to: params.other, changes: diffDocuments(before.document, after.document) });
    },
  };
}

function presentVersion(version: StoredVersion, pipeline: StoredPipeline): Version {
  return {
    number: version.number,
    createdAt: version.createdAt.toISOString(),
    note: version.note ?? null,
    deployed: pipeline.deployment?.version === version.number && pipeline.deployment.state !== 'stopped',
  };
}
