import type { PipelineDocument } from '@sluice/pipeline';
import { type Client, isUniqueViolation } from '../prisma-client.ts';
import { storableJson } from '../storable-json.ts';
import { findPipelineById } from './find-pipeline.ts';
import type { StoredPipeline } from './stored-pipeline.ts';
import { toStoredPipeline, WITH_STATE } from './to-domain.ts';

export type SaveDraftResult =
  | { readonly ok: true; readonly pipeline: StoredPipeline }
  /** `current` is what is stored instead, for showing both. */
  | { readonly ok: false; readonly reason: 'stale'; readonly current: StoredPipeline }
  | { readonly ok: false; readonly reason: 'name-taken'; readonly current?: StoredPipeline }
  | { readonly ok: false; readonly reason: 'not-found' };

export async function saveDraft(
  client: Client,
  { id, document, revision }: { readonly id: string; readonly document: PipelineDocument; readonly revision: number },
): Promise<SaveDraftResult> {
  try {
    // Comparing and replacing must be one statement: with a read before it, two saves could both see `revision`.
    const [row] = await client.pipeline.updateManyAndReturn({
      where: { id, revision },
      data: {
        name: document.name,
        title: document.title ?? document.name,
        draft: storableJson(document),
        revision: { increment: 1 },
        updatedAt: new Date(),
      },
    });
    if (row !== undefined) {
      const { deployment, versions } = await stateOf(client, id);
      return { ok: true, pipeline: toStoredPipeline({ ...row, deployment, versions }) };
    }
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const current = await findPipelineById(client, id);
    return { ok: false, reason: 'name-taken', ...(current === undefined ? {} : { current }) };
  }
  const current = await findPipelineById(client, id);
  return current === undefined ? { ok: false, reason: 'not-found' } : { ok: false, reason: 'stale', current };
}

/** Read after the save, which is committed; a pipeline removed in between simply has neither. */
async function stateOf(client: Client, id: string) {
  const row = await client.pipeline.findUnique({ where: { id }, select: WITH_STATE });
  return row ?? { deployment: null, versions: [] };
}
