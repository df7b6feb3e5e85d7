import type { DeployResult } from '@sluice/engine';
import type { PipelineDocument } from '@sluice/pipeline';
import type { ServerParts } from './server-parts.ts';

/** Gives a version to the engine and keeps in mind why it would not run, if so. Take the pipeline's turn first. */
export async function runVersion(
  parts: ServerParts,
  o: {
    readonly pipelineId: string;
    readonly version: number;
    readonly document: PipelineDocument;
    readonly paused: boolean;
    readonly removedWires?: 'dead-letter';
  },
): Promise<DeployResult> {
  const { pipelineId, version, document, paused, removedWires } = o;
  const result = await parts.engine.deploy({
    pipelineId,
    version,
    document,
    paused,
    ...(removedWires === undefined ? {} : { removedWires }),
  });
  if (result.ok) parts.failures.delete(pipelineId);
  // What ran before still runs; only a pipeline that is down now has failed.
  else if (!parts.engine.deployed().includes(pipelineId)) parts.failures.set(pipelineId, describeRefusal(result));
  return result;
}

/** One sentence for people. */
export function describeRefusal(result: Extract<DeployResult, { ok: false }>): string {
  if (result.reason === 'wires-hold-messages') {
    const wires = result.wires.map(({ wireId, messages }) => `${wireId} (${messages})`).join(', ');
    return `Wires that this version no longer has still hold messages: ${wires}.`;
  }
  const errors = result.findings.filter((finding) => finding.severity === 'error');
  const [first] = errors;
  if (first === undefined) return 'The version cannot run.';
  return errors.length === 1 ? first.message : `${first.message} (and ${errors.length - 1} more)`;
}
