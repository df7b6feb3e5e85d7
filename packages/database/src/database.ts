import type { PipelineDocument } from '@sluice/pipeline';
import type { DeploymentState, StoredDeployment } from './deployments/stored-deployment.ts';
import type { CreatePipelineResult } from './pipelines/create-pipeline.ts';
import type { SaveDraftResult } from './pipelines/save-draft.ts';
import type { StoredPipeline } from './pipelines/stored-pipeline.ts';
import type { StoredVersion } from './versions/stored-version.ts';

/**
 * Everything PostgreSQL keeps, by noun. Each call is one atomic step: it happened entirely or not at all, and when its
 * promise resolves it has been committed. Expected outcomes are values; a lost connection is DatabaseUnreachableError.
 */
export interface Database {
  readonly pipelines: {
    /** By name, A to Z. */
    list(): Promise<readonly StoredPipeline[]>;
    /** An id wins over another pipeline's equal name. */
    find(idOrName: string): Promise<StoredPipeline | undefined>;
    /** The first draft, as revision 1. The name is the document's. */
    create(o: { readonly document: PipelineDocument }): Promise<CreatePipelineResult>;
    /** Replaces the draft only if it is still at `revision`; of two saves made from the same one, the second is `stale`. */
    saveDraft(o: {
      readonly id: string;
      readonly document: PipelineDocument;
      readonly revision: number;
    }): Promise<SaveDraftResult>;
    /** With its versions and its deployment. False if there was none. */
    remove(id: string): Promise<boolean>;
  };
  readonly versions: {
    /**
     * Stores the document as the next version, 1, 2, 3 without gaps, whoever else publishes at the same time. A document
     * that differs from the newest version in its layout only is no new version: the newest is returned.
     * @throws PipelineMissingError.
     */
    publish(o: {
      readonly pipelineId: string;
      readonly document: PipelineDocument;
      readonly note?: string;
    }): Promise<StoredVersion>;
    /**
     * Takes back the newest version, whose number is then free again; only for whoever has just published it and could
     * not put it into operation. False, and nothing happens, if it is not the newest, is deployed or does not exist.
     */
    withdraw(o: { readonly pipelineId: string; readonly number: number }): Promise<boolean>;
    /** Newest first. */
    list(pipelineId: string): Promise<readonly StoredVersion[]>;
    find(pipelineId: string, number: number): Promise<StoredVersion | undefined>;
  };
  readonly deployments: {
    list(): Promise<readonly StoredDeployment[]>;
    find(pipelineId: string): Promise<StoredDeployment | undefined>;
    /**
     * A pipeline has at most one deployment. `deployedAt` moves when another version, or a stopped one again, takes over.
     * @throws VersionMissingError.
     */
    set(o: {
      readonly pipelineId: string;
      readonly version: number;
      readonly state: DeploymentState;
    }): Promise<StoredDeployment>;
    /** Does nothing if there is none. */
    remove(pipelineId: string): Promise<void>;
  };
  /** Encrypted values; the key is not known here. */
  readonly secrets: {
    /** By name, A to Z, without values. */
    list(): Promise<readonly { readonly name: string; readonly updatedAt: Date }[]>;
    find(name: string): Promise<Uint8Array | undefined>;
    /** Creates or replaces. */
    put(o: { readonly name: string; readonly sealed: Uint8Array }): Promise<void>;
    /** False if there was none. */
    remove(name: string): Promise<boolean>;
  };
  /** Small JSON values under a key. */
  readonly settings: {
    /** `undefined` if it was never set. */
    get(key: string): Promise<unknown>;
    set(key: string, value: unknown): Promise<void>;
  };
  /** One cheap round trip, for readiness; gives up after ten seconds. @throws DatabaseUnreachableError. */
  check(): Promise<void>;
  /** Waits for running queries and closes all connections. */
  close(): Promise<void>;
}
