import type { DeploymentRequest } from '@sluice/engine';
import type { Finding, PipelineDocument } from '@sluice/pipeline';
import type { ServerParts } from './server-parts.ts';

/** Why a version was not put into operation. What ran before still runs. */
export type RunRefusal =
  | { readonly ok: false; readonly reason: 'not-deployable'; readonly findings: readonly Finding[] }
  | {
      readonly ok: false;
      readonly reason: 'wires-hold-messages';
      readonly wires: readonly { readonly wireId: string; readonly messages: number }[];
    }
  /** What was said about removed wires cannot be done. */
  | {
      readonly ok: false;
      readonly reason: 'removed-wires-refused';
      readonly refusals: readonly { readonly wireId: string; readonly text: string }[];
    }
  /** Another pipeline is in operation under this name, which is part of webhook addresses. */
  | { readonly ok: false; readonly reason: 'name-in-use'; readonly name: string };

interface Ran {
  readonly ok: true;
  readonly restarted: readonly string[];
}

/** Gives a version to the engine and keeps in mind why it would not run, if so. Take the pipeline's turn first. */
export async function runVersion(
  parts: ServerParts,
  o: {
    readonly pipelineId: string;
    readonly version: number;
    readonly document: PipelineDocument;
    readonly paused: boolean;
    readonly draining?: boolean;
    readonly removedWires?: NonNullable<DeploymentRequest['removedWires']>;
    readonly renew?: readonly string[];
  },
): Promise<Ran | RunRefusal> {
  // One turn for all: two pipelines must not both find the name free.
  const result = await parts.turns.take(`name ${o.document.name}`, () => giveToEngine(parts, o));
  const { pipelineId } = o;
  if (result.ok) parts.failures.delete(pipelineId);
  // Only a pipeline that is down now has failed.
  else if (!parts.engine.deployed().includes(pipelineId)) parts.failures.set(pipelineId, describeRefusal(result));
  return result;
}

async function giveToEngine(parts: ServerParts, request: Parameters<typeof runVersion>[1]): Promise<Ran | RunRefusal> {
  const { name } = request.document;
  if (await isInUse(parts, { name, except: request.pipelineId })) return { ok: false, reason: 'name-in-use', name };
  const result = await parts.engine.deploy(request);
  if (result.ok || result.reason !== 'findings') return result;
  return { ok: false, reason: 'not-deployable', findings: result.findings };
}

/** Drafts have names of their own, but what runs may still have a name that its draft gave up. */
async function isInUse(
  parts: ServerParts,
  { name, except }: { readonly name: string; readonly except: string },
): Promise<boolean> {
  const inOperation = new Set(parts.engine.deployed());
  for (const { pipelineId, version } of await parts.database.deployments.list()) {
    if (pipelineId === except || !inOperation.has(pipelineId)) continue;
    if ((await parts.versions.find(pipelineId, version))?.document.name === name) return true;
  }
  return false;
}

/** One sentence for people. */
export function describeRefusal(refusal: RunRefusal): string {
  switch (refusal.reason) {
    case 'wires-hold-messages': {
      const wires = refusal.wires.map(({ wireId, messages }) => `${wireId} (${messages})`).join(', ');
      return `Wires that the new version no longer has still hold messages: ${wires}. Say in removedWires what becomes of them: drain, move or dead-letter.`;
    }
    case 'removed-wires-refused':
      return refusal.refusals.map(({ wireId, text }) => `Wire ${wireId} ${text}.`).join(' ');
    case 'name-in-use':
      return `Another pipeline is in operation under the name "${refusal.name}". Deploy that one under its new name, or stop it, first.`;
    case 'not-deployable': {
      const errors = refusal.findings.filter((finding) => finding.severity === 'error');
      const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
      return `${errors[0]?.message ?? 'The version cannot run.'}${more}`;
    }
  }
}
