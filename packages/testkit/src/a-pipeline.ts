import {
  parseDocument,
  type Call,
  type Log,
  type NodeDocument,
  type Objectives,
  type PipelineDocument,
  type Queue,
  type WireDocument,
} from '@sluice/pipeline';

/** A node with as little as a test has to say about it. */
export type SomeNode = Pick<NodeDocument, 'id' | 'type'> & Partial<NodeDocument>;

/**
 * Builds a document in the words of the design:
 * `aPipeline('orders').with(webhook('in')).pushedTo(filter('big', 'total > 100')).pulledBy(httpRequest('ship', url))`.
 *
 * Each step answers a new builder. Wires are named after their ends (`in-big`) and start at the last node unless `from`
 * names another node or port.
 */
export interface PipelineBuilder {
  with(node: SomeNode): PipelineBuilder;
  /** Starts the next wire at a node or port that is there already: `from('big.dropped')`. */
  from(nodeOrPort: string): PipelineBuilder;
  /** Adds the node, unless it is there already, and a push wire to it. */
  pushedTo(node: SomeNode | string, call?: Call): PipelineBuilder;
  /** Adds the node, unless it is there already, and a pull wire to it. */
  pulledBy(node: SomeNode | string, queue?: Queue): PipelineBuilder;
  /** Adds the node, unless it is there already, and an event wire to it. */
  readBy(node: SomeNode | string, log?: Log): PipelineBuilder;
  aimingAt(objectives: Objectives): PipelineBuilder;
  /** Throws when what was built is no document: that is a mistake in the test. */
  document(): PipelineDocument;
}

export function aPipeline(name: string): PipelineBuilder {
  return builder({ document: { format: 'sluice/v1', name, nodes: [], wires: [] }, from: undefined });
}

interface State {
  readonly document: PipelineDocument;
  readonly from: string | undefined;
}

type WireEnd =
  | { readonly delivery: 'push'; readonly call?: Call }
  | { readonly delivery: 'pull'; readonly queue?: Queue }
  | { readonly delivery: 'event'; readonly log?: Log };

function builder(state: State): PipelineBuilder {
  return {
    with: (node) => builder(withNode(state, node)),
    from: (nodeOrPort) => builder({ ...state, from: nodeOrPort }),
    pushedTo: (node, call) =>
      builder(withWire(state, node, { delivery: 'push', ...(call === undefined ? {} : { call }) })),
    pulledBy: (node, queue) =>
      builder(withWire(state, node, { delivery: 'pull', ...(queue === undefined ? {} : { queue }) })),
    readBy: (node, log) => builder(withWire(state, node, { delivery: 'event', ...(log === undefined ? {} : { log }) })),
    aimingAt: (objectives) => builder({ ...state, document: { ...state.document, objectives } }),
    document: () => parsed(state.document),
  };
}

function withNode(state: State, node: SomeNode): State {
  return { document: { ...state.document, nodes: [...state.document.nodes, node] }, from: node.id };
}

function withWire(state: State, node: SomeNode | string, end: WireEnd): State {
  if (state.from === undefined) throw new RangeError('a wire needs a node to start at: begin with `with`');
  const to = typeof node === 'string' ? node : node.id;
  const known = state.document.nodes.some(({ id }) => id === to);
  const added = known || typeof node === 'string' ? state : withNode(state, node);
  const wire: WireDocument = { id: `${state.from.replace('.', '-')}-${to}`, from: state.from, to, ...end };
  return { document: { ...added.document, wires: [...added.document.wires, wire] }, from: to };
}

function parsed(document: PipelineDocument): PipelineDocument {
  const result = parseDocument(document);
  if (result.ok) return result.document;
  throw new RangeError(result.findings.map(({ message }) => message).join('\n'));
}
