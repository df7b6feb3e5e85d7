import type { PipelineDocument } from '@sluice/pipeline';
import type { StoredDeployment } from '../deployments/stored-deployment.ts';

export interface StoredPipeline {
  readonly id: string;
  /** Unique; the document's. */
  readonly name: string;
  /** The document's, or its name when it has none. */
  readonly title: string;
  /** The draft. */
  readonly document: PipelineDocument;
  /** Grows by one with each saved draft. */
  readonly revision: number;
  readonly createdAt: Date;
  /** When the draft was last saved. */
  readonly updatedAt: Date;
  readonly deployment?: StoredDeployment;
  /** Number of the newest version; absent before the first one. */
  readonly latestVersion?: number;
}
