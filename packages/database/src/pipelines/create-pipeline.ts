import { randomUUID } from 'node:crypto';
import type { PipelineDocument } from '@sluice/pipeline';
import { type Client, isUniqueViolation } from '../prisma-client.ts';
import { storableJson } from '../storable-json.ts';
import { storableText } from '../storable-text.ts';
import type { StoredPipeline } from './stored-pipeline.ts';
import { toStoredPipeline } from './to-domain.ts';

export type CreatePipelineResult =
  | { readonly ok: true; readonly pipeline: StoredPipeline }
  | { readonly ok: false; readonly reason: 'name-taken' };

export async function createPipeline(client: Client, document: PipelineDocument): Promise<CreatePipelineResult> {
  const now = new Date();
  try {
    const row = await client.pipeline.create({
      data: {
        id: randomUUID(),
        name: document.name,
        title: storableText(document.title ?? document.name),
        draft: storableJson(document),
        createdAt: now,
        updatedAt: now,
      },
    });
    return { ok: true, pipeline: toStoredPipeline({ ...row, deployment: null }, undefined) };
  } catch (error) {
    if (isUniqueViolation(error)) return { ok: false, reason: 'name-taken' };
    throw error;
  }
}
