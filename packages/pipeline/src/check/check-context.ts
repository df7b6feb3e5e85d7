import type { NodeDocument, PipelineDocument, WireDocument } from '../document.ts';
import type { Finding } from '../finding.ts';
import { jsonPointer, spokenPath, type JsonPath } from '../findings/json-path.ts';
import { firstPort, type NodeCatalogue, type NodeDefinition } from '../node-definition.ts';

/** A document with what every rule looks up in it. */
export interface CheckContext {
  readonly document: PipelineDocument;
  /** The first node of each id. */
  readonly nodes: ReadonlyMap<string, PlacedNode>;
  readonly wires: readonly PlacedWire[];
}

export interface PlacedNode {
  readonly node: NodeDocument;
  readonly index: number;
  /** Absent when the catalogue does not know the type. */
  readonly definition: NodeDefinition | undefined;
}

export interface PlacedWire {
  readonly wire: WireDocument;
  readonly index: number;
  /** Node id and port name of `from`; the port is the default one when none is written. */
  readonly fromNode: string;
  readonly fromPort: string | undefined;
}

export function placeElements(document: PipelineDocument, catalogue: NodeCatalogue): CheckContext {
  const nodes = new Map<string, PlacedNode>();
  for (const [index, node] of document.nodes.entries()) {
    if (!nodes.has(node.id)) nodes.set(node.id, { node, index, definition: catalogue.find(node.type) });
  }
  const wires = document.wires.map((wire, index) => {
    const [fromNode = '', writtenPort] = wire.from.split('.');
    const source = nodes.get(fromNode);
    const port = source?.definition === undefined ? undefined : firstPort(source.definition, source.node.config);
    return { wire, index, fromNode, fromPort: writtenPort ?? port?.name };
  });
  return { document, nodes, wires };
}

interface FindingDetails {
  readonly severity?: Finding['severity'];
  readonly code: string;
  /** `{path}` stands for the field, spoken. */
  readonly message: string;
  readonly suggestion?: string;
}

/** A finding about a node or a field below it. */
export function nodeFinding(placed: PlacedNode, below: JsonPath, details: FindingDetails): Finding {
  return finding({ kind: 'node', id: placed.node.id }, ['nodes', placed.index, ...below], details);
}

/** A finding about a wire or a field below it. */
export function wireFinding(placed: PlacedWire, below: JsonPath, details: FindingDetails): Finding {
  return finding({ kind: 'wire', id: placed.wire.id }, ['wires', placed.index, ...below], details);
}

function finding(element: NonNullable<Finding['element']>, path: JsonPath, details: FindingDetails): Finding {
  const { severity = 'error', code, message, suggestion } = details;
  return {
    severity,
    code,
    message: message.replaceAll('{path}', `\`${spokenPath(path)}\``),
    path: jsonPointer(path),
    element,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
