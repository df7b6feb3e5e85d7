import {
  firstPort,
  type Delivery,
  type NodeCatalogue,
  type NodeDocument,
  type PipelineDocument,
} from '@sluice/pipeline';
import { nodeTitle } from './node-title.ts';
import { fromOf, wireSource } from './wire-ends.ts';

export interface Connection {
  readonly fromNode: string;
  /** `null` is the first port. */
  readonly port: string | null;
  readonly to: string;
  readonly delivery: Delivery;
}

type ConnectionRefusal =
  | 'node-missing'
  | 'same-node'
  | 'target-is-source'
  | 'no-outputs'
  | 'already-wired'
  | 'push-cycle';

export type ConnectionCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: ConnectionRefusal; readonly message: string };

/** Whether a wire may be drawn, and if not, why in words that are shown. */
export function checkConnection(
  document: PipelineDocument,
  catalogue: NodeCatalogue,
  connection: Connection,
): ConnectionCheck {
  const from = document.nodes.find((node) => node.id === connection.fromNode);
  const to = document.nodes.find((node) => node.id === connection.to);
  if (from === undefined || to === undefined) return refuse('node-missing', 'One end of this wire no longer exists.');
  const fromName = nodeTitle(from, catalogue);
  const toName = nodeTitle(to, catalogue);
  if (from.id === to.id) return refuse('same-node', `${fromName} cannot be wired to itself.`);
  if (catalogue.find(to.type)?.role === 'source')
    return refuse('target-is-source', `${toName} is a source: it takes nothing in. Wire to a step or a sink.`);
  const definition = catalogue.find(from.type);
  if (connection.port === null && definition !== undefined && firstPort(definition, from.config) === undefined)
    return refuse('no-outputs', `${fromName} ends the pipeline: it sends on only what it gives up.`);
  const wired = document.wires.some(
    (wire) => wire.from === fromOf(connection.fromNode, connection.port) && wire.to === connection.to,
  );
  if (wired) return refuse('already-wired', `${fromName} is already wired to ${toName}.`);
  if (connection.delivery === 'push' && pushReaches(document, connection.to, connection.fromNode)) {
    return refuse(
      'push-cycle',
      `${toName} already pushes towards ${fromName}: calls would wait for each other. Use pull or event here.`,
    );
  }
  return { ok: true };
}

/** Nodes that a wire from this port may go to, in document order. */
export function validTargets(
  document: PipelineDocument,
  catalogue: NodeCatalogue,
  from: Omit<Connection, 'to'>,
): readonly NodeDocument[] {
  return document.nodes.filter((node) => checkConnection(document, catalogue, { ...from, to: node.id }).ok);
}

/** Whether changing a wire to push would close a ring of calls that wait for each other. */
export function closesPushCycle(document: PipelineDocument, wireId: string): boolean {
  const wire = document.wires.find((candidate) => candidate.id === wireId);
  if (wire === undefined) return false;
  const others = { ...document, wires: document.wires.filter((candidate) => candidate.id !== wireId) };
  return pushReaches(others, wire.to, wireSource(wire).nodeId);
}

function pushReaches(document: PipelineDocument, start: string, goal: string): boolean {
  const seen = new Set<string>();
  const open = [start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === goal) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    for (const wire of document.wires) {
      if (wire.delivery === 'push' && wireSource(wire).nodeId === id) open.push(wire.to);
    }
  }
  return false;
}

function refuse(reason: ConnectionRefusal, message: string): ConnectionCheck {
  return { ok: false, reason, message };
}
