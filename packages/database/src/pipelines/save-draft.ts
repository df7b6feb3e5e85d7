import type { PipelineDocument } from '@sluice/pipeline';
import { isNumberOfColumn } from '../number-of-column.ts';
import { type Client, isUniqueViolation } from '../prisma-client.ts';
import { storableJson } from '../storable-json.ts';
import { storableText } from '../storable-text.ts';
import { latestVersions } from '../versions/latest-versions.ts';
import { findPipelineById } from './find-pipeline.ts';
import type { StoredPipeline } from './stored-pipeline.ts';
import { toStoredPipeline } from './to-domain.ts';

export type SaveDraftResult =
  | { readonly ok: true; readonly pipeline: StoredPipeline }
  /** `current` is what is stored instead, for showing both. */
  | { readonly ok: false; readonly reason: 'stale'; readonly current: StoredPipeline }
  /** The document was renamed to a name that another pipeline has. */
  | { readonly ok: false; readonly reason: 'name-taken'; readonly current?: StoredPipeline }
  | { readonly ok: false; readonly reason: 'not-found'; readonly current?: undefined };

interface Draft {
  readonly id: string;
  readonly document: PipelineDocument;
  readonly revision: number;
}

export async function saveDraft(client: Client, draft: Draft): Promise<SaveDraftResult> {
  try {
    const row = await replaceDraft(client, draft);
    if (row !== undefined) {
      // Read after the save is committed, so a deployment that changes meanwhile shows as it is then.
      const [deployment, latest] = await Promise.all([
        client.deployment.findUnique({ where: { pipelineId: draft.id } }),
        latestVersions(client, [draft.id]),
      ]);
      return { ok: true, pipeline: toStoredPipeline({ ...row, deployment }, latest.get(draft.id)) };
    }
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const current = await findPipelineById(client, draft.id);
    return { ok: false, reason: 'name-taken', ...(current === undefined ? {} : { current }) };
  }
  const current = await findPipelineById(client, draft.id);
  return current === undefined ? { ok: false, reason: 'not-found' } : { ok: false, reason: 'stale', current };
}

/** Comparing and replacing must be one statement: with a read before it, two saves could both see `revision`. */
async function replaceDraft(client: Client, { id, document, revision }: Draft) {
  // Nothing was ever at such a revision, so the save is stale or the pipeline is gone.
  if (!isNumberOfColumn(revision)) return undefined;
  const [row] = await client.pipeline.updateManyAndReturn({
    where: { id, revision },
    data: {
      name: document.name,
      title: storableText(document.title ?? document.name),
      draft: storableJson(document),
      revision: { increment: 1 },
      updatedAt: new Date(),
    },
  });
  return row;
}
