import type { PipelineDocument } from '@sluice/pipeline';

/** A published document. It never changes; only one that could not be put into operation is withdrawn at once. */
export interface StoredVersion {
  readonly pipelineId: string;
  /** 1, 2, 3 ... within its pipeline. */
  readonly number: number;
  readonly document: PipelineDocument;
  readonly note?: string;
  readonly createdAt: Date;
}
