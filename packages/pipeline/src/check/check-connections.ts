import type { Finding } from '../finding.ts';
import { FAILED_PORT, firstPort } from '../node-definition.ts';
import { nodeFinding, type CheckContext, type PlacedNode } from './check-context.ts';

/** Every node is on a way from a source; nothing that comes out is let fall unseen. */
export function checkConnections(context: CheckContext): readonly Finding[] {
  const { document, nodes, wires } = context;
  if (document.nodes.length === 0) {
    return [
      {
        severity: 'warning',
        code: 'empty-pipeline',
        message: 'The pipeline has no nodes. Add a source to begin.',
        path: '/nodes',
      },
    ];
  }
  const fed = new Set(wires.map(({ wire }) => wire.to));
  const feeding = new Set(wires.flatMap(({ fromNode, fromPort }) => (fromPort === FAILED_PORT.name ? [] : [fromNode])));
  // What a coordinator calls has its result as the answer.
  for (const { wire, fromNode } of wires)
    if (wire.delivery === 'push' && nodes.get(fromNode)?.definition?.coordinates === true) feeding.add(wire.to);
  const findings = [...nodes.values()].flatMap((placed) =>
    connectionFinding(placed, fed.has(placed.node.id), feeding.has(placed.node.id)),
  );
  const known = [...nodes.values()].filter(({ definition }) => definition !== undefined);
  if (known.length === nodes.size && !known.some(({ definition }) => definition?.role === 'source')) {
    findings.push({
      severity: 'warning',
      code: 'no-source',
      message: 'The pipeline has no source, so nothing ever comes in. Add one and wire it to the first step.',
      path: '/nodes',
    });
  }
  return findings;
}

function connectionFinding(placed: PlacedNode, isFed: boolean, isFeeding: boolean): Finding[] {
  const { node, definition } = placed;
  if (definition === undefined) return [];
  const warning = (code: string, message: string): Finding[] => [
    nodeFinding(placed, [], { severity: 'warning', code, message }),
  ];
  const endsHere = firstPort(definition, node.config) === undefined;
  if (definition.role === 'source') {
    return isFeeding
      ? []
      : warning(
          'source-unwired',
          `Source "${node.id}" has no wire out of it, so what it receives goes nowhere. Wire it to a step or a sink.`,
        );
  }
  if (!isFed && !isFeeding)
    return warning(
      'node-unconnected',
      `Node "${node.id}" is not connected to anything, so it does nothing. Wire it in or remove it.`,
    );
  if (!isFed)
    return warning(
      'node-unfed',
      `No wire leads to node "${node.id}", so it never gets a message. Wire a source or step to it.`,
    );
  if (!isFeeding && !endsHere && definition.role === 'step') {
    return warning(
      'step-unwired',
      `Step "${node.id}" has no wire out of it, so its results are dropped. Wire it to a step or a sink.`,
    );
  }
  return [];
}
