import type { PipelineDocument, RestartPlan } from '@sluice/pipeline';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { PreparedNode } from '../ports/node-behaviour.ts';
import type { Remnant } from '../removed-wires/remnants.ts';
import type { DeclaredLogs } from './declare-logs.ts';
import type { RunningGraph, Surroundings } from './graph.ts';

/** A version that is to run: checked, planned and prepared. */
export interface Version {
  readonly document: PipelineDocument;
  readonly plan: PipelinePlan;
  readonly prepared: ReadonlyMap<string, PreparedNode>;
  readonly declared: DeclaredLogs;
  /** Absent: nothing of the pipeline runs. */
  readonly restart: RestartPlan | undefined;
  /** What stays behind that it has no wire for. `graph` is that of this version. */
  readonly remnants: (graph: RunningGraph, surroundings: Surroundings) => Promise<readonly Remnant[]>;
}
