import type { PipelineDocument } from '../document.ts';
import type { Finding } from '../finding.ts';
import type { NodeCatalogue } from '../node-definition.ts';
import { checkBudgets } from './check-budgets.ts';
import { checkCalls } from './check-calls.ts';
import { checkConnections } from './check-connections.ts';
import { placeElements } from './check-context.ts';
import { checkCycles } from './check-cycles.ts';
import { checkFlowControl } from './check-flow-control.ts';
import { checkFailedPort } from './check-failed-port.ts';
import { checkIds } from './check-ids.ts';
import { checkLayout } from './check-layout.ts';
import { checkLimits } from './check-limits.ts';
import { checkLogs } from './check-logs.ts';
import { checkNodes } from './check-nodes.ts';
import { checkQueues } from './check-queues.ts';
import { checkRetry } from './check-retry.ts';
import { checkWires } from './check-wires.ts';
import { checkWork } from './check-work.ts';

/**
 * Whether a document that is well built also makes sense: what it names exists, its graph can run, its settings have an
 * effect. No finding of severity `error` means that the engine will take it. Errors come first.
 */
export function checkDocument(document: PipelineDocument, catalogue: NodeCatalogue): readonly Finding[] {
  const context = placeElements(document, catalogue);
  const findings = [
    ...checkIds(context),
    ...checkNodes(context, catalogue),
    ...checkWires(context),
    ...checkCycles(context),
    ...checkLogs(context),
    ...checkLimits(context),
    ...checkQueues(context),
    ...checkWork(context),
    ...checkFlowControl(context),
    ...checkRetry(context),
    ...checkBudgets(context),
    ...checkCalls(context),
    ...checkFailedPort(context),
    ...checkConnections(context),
    ...checkLayout(context),
  ];
  return findings.sort((left, right) => SEVERITY_ORDER[left.severity] - SEVERITY_ORDER[right.severity]);
}

const SEVERITY_ORDER = { error: 0, warning: 1, info: 2 } as const;
