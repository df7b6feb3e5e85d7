import assert from 'node:assert/strict';
import type { Database } from '../database.ts';
import type { StoredPipeline } from '../pipelines/stored-pipeline.ts';
import { aDocument } from './a-document.ts';

/** A stored pipeline with the small document. */
export async function aPipeline(db: Database, changes: Parameters<typeof aDocument>[0] = {}): Promise<StoredPipeline> {
  const created = await db.pipelines.create({ document: aDocument(changes) });
  assert(created.ok, 'the name was free');
  return created.pipeline;
}
