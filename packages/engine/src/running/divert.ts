import { FAILED_PORT } from '@sluice/pipeline';
import { outputId } from '../delivery/output-id.ts';
import { noteHop } from '../measure/note-hop.ts';
import type { Message, StoredMessage } from '../message.ts';
import type { NodePlan } from '../plan/node-plan.ts';
import type { RunningNode } from './graph.ts';
import { sendOut } from './hand-on.ts';
import type { Unit } from './unit.ts';

/** What a message carries that was given up, in its headers. */
const FAILURE_HEADERS = {
  code: 'sluice-error-code',
  message: 'sluice-error-message',
  node: 'sluice-failed-node',
  attempts: 'sluice-attempts',
} as const;
const TEXT_MAX = 1_000;

export interface GivenUp {
  readonly code: string;
  readonly message: string;
  /** Where it failed: the node itself, or one that it called. */
  readonly nodeId: string;
  readonly attempts: number;
}

/** True when a wire leads on from what the node gives up. */
export function hasFailedPort({ outputs }: Pick<NodePlan, 'outputs'>): boolean {
  return (outputs.get(FAILED_PORT.name) ?? []).length > 0;
}

/**
 * Sends a message that is given up at a node out of its port `failed`: as it came, with the failure in its headers, under
 * an id that derives from its own. The caller commits what the unit holds then together with the end of the message.
 * Rejects with `UnitFailure` when a push wire there fails.
 */
export async function divert(request: {
  readonly unit: Unit;
  readonly node: RunningNode;
  readonly message: Message;
  readonly cause: GivenUp;
}): Promise<void> {
  const { unit, node, message, cause } = request;
  const { pipelineId } = unit.graph.plan;
  const place = `${pipelineId}/${node.plan.id}.${FAILED_PORT.name}`;
  const { attempt, ...came } = message;
  const diverted: StoredMessage = {
    ...came,
    id: outputId(message.id, place, 0),
    headers: {
      ...message.headers,
      [FAILURE_HEADERS.code]: cause.code,
      [FAILURE_HEADERS.message]: cause.message.slice(0, TEXT_MAX),
      [FAILURE_HEADERS.node]: cause.nodeId,
      [FAILURE_HEADERS.attempts]: String(cause.attempts),
    },
    enqueuedAt: unit.parts.clock.now(),
  };
  await sendOut({ unit, node, port: FAILED_PORT.name, message: diverted });
  unit.afterCommit.push(() => {
    node.meters.diverted.add(1);
    noteHop(unit, message, { kind: 'failed', nodeId: node.plan.id, attempt, code: cause.code, text: cause.message });
    unit.parts.trace?.({
      kind: 'diverted',
      pipelineId,
      elementId: node.plan.id,
      messageId: message.id,
      attempt,
      detail: cause.code,
    });
  });
}
