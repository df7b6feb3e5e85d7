import type { PipelineDocument } from '@sluice/pipeline';
import type { Version } from '../generated/client.ts';
import type { StoredVersion } from './stored-version.ts';

export function toStoredVersion(row: Version): StoredVersion {
  return {
    pipelineId: row.pipelineId,
    number: row.number,
    // Only parsed documents are ever published.
    document: row.document as PipelineDocument,
    createdAt: row.createdAt,
    ...(row.note === null ? {} : { note: row.note }),
  };
}
