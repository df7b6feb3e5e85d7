import { diffFields } from '../diff/diff-fields.ts';
import type { NodeDocument, PipelineDocument, WireDocument } from '../document.ts';
import { firstPort, type NodeCatalogue } from '../node-definition.ts';

/** What a new version does to the nodes and wires that run. Everything that is not named here goes on as if nothing were. */
export interface RestartPlan {
  /**
   * Nodes of both versions that finish what is in hand and begin anew, in the order of the new document: those in
   * `touched`, and those that read one of their wires by other rules than before.
   */
  readonly restarted: readonly string[];
  /** Nodes of both versions whose type or config differs, or that are to be renewed: they are prepared again. */
  readonly reconfigured: ReadonlySet<string>;
  /** `reconfigured`, and nodes of both versions whose work differs. */
  readonly changed: ReadonlySet<string>;
  /** Nodes of both versions that hand on over other wires, or over wires with other settings. */
  readonly rewired: ReadonlySet<string>;
  /** `changed`, `rewired`, and every node of both versions that reaches one of them by push. */
  readonly touched: ReadonlySet<string>;
  /** Wires that the same consumer reads by the same rules; push wires that call by the same rules. */
  readonly readAlike: ReadonlySet<string>;
}

/** Settings of pull and event wires that only the reader obeys. */
const READING = ['visibility', 'expireAfter', 'onPoison'];
/** Settings that rule what is put on a wire, how much, and how long it stays: no reader needs to know. */
const WRITING = ['capacity', 'capacityBytes', 'lowWater', 'orderBy', 'priority', 'partitions', 'retention'];
/** Matters once, when the wire is new. */
const AT_FIRST = ['startFrom'];

/**
 * Which nodes a change of version restarts. A unit of work follows push wires up to the durable wires at the end and is
 * stored as one, so a node begins anew when anything that its work can reach differs: itself, the nodes that it pushes to,
 * the wires in between and at the end. Behind a pull or event wire another unit begins, and nothing restarts.
 *
 * Titles, notes, objectives, layout and the order of elements touch nothing. Pure: for the engine and for previews.
 */
export function planRestart(
  before: PipelineDocument,
  after: PipelineDocument,
  catalogue: NodeCatalogue,
  /** Nodes to begin anew though nothing in the documents differs: a secret of theirs has another value. */
  renewed: readonly string[] = [],
): RestartPlan {
  const [old, next] = [drawingOf(before, catalogue), drawingOf(after, catalogue)];
  const reconfigured = new Set<string>();
  const changed = new Set<string>();
  const rewired = new Set<string>();
  for (const [id, node] of next.nodes) {
    const known = old.nodes.get(id);
    if (known === undefined) continue;
    if (renewed.includes(id) || differ(whatItDoes(known), whatItDoes(node))) reconfigured.add(id);
    if (reconfigured.has(id) || differ(known.work ?? {}, node.work ?? {})) changed.add(id);
    if (differ(old.outputs.get(id) ?? [], next.outputs.get(id) ?? [])) rewired.add(id);
  }

  const touched = new Set<string>();
  const touch = (id: string): void => {
    if (touched.has(id) || !old.nodes.has(id) || !next.nodes.has(id)) return;
    touched.add(id);
    for (const wire of next.wires.values())
      if (wire.document.delivery === 'push' && wire.document.to === id) touch(wire.from);
  };
  for (const id of [...changed, ...rewired]) touch(id);

  const readAlike = new Set<string>();
  const restarted = new Set(touched);
  for (const [id, wire] of next.wires) {
    const known = old.wires.get(id);
    if (known === undefined) continue;
    if (wire.document.delivery === 'push') {
      // What it spills is read like the queue of a pull wire, for as long as it calls by the same rules.
      if (known.from === wire.from && !differ(writingOf(known), writingOf(wire))) readAlike.add(id);
    } else if (!differ(readingOf(known), readingOf(wire))) readAlike.add(id);
    else if (known.document.to === wire.document.to) restarted.add(wire.document.to);
  }
  return {
    restarted: after.nodes.flatMap(({ id }) => (restarted.has(id) && old.nodes.has(id) ? [id] : [])),
    reconfigured,
    changed,
    rewired,
    touched,
    readAlike,
  };
}

interface Drawing {
  readonly nodes: ReadonlyMap<string, NodeDocument>;
  readonly wires: ReadonlyMap<string, PlacedWire>;
  /** By node: what each wire out of it does to a unit of work that comes by, in the order of wire ids. */
  readonly outputs: ReadonlyMap<string, readonly unknown[]>;
}

interface PlacedWire {
  readonly document: WireDocument;
  readonly from: string;
  /** As written, or the first port of its node. */
  readonly port: string | undefined;
}

function drawingOf(document: PipelineDocument, catalogue: NodeCatalogue): Drawing {
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  const wires = new Map(document.wires.map((wire) => [wire.id, placeWire(wire, nodes, catalogue)]));
  const outputs = new Map<string, unknown[]>();
  for (const [, wire] of [...wires].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    const ofNode = outputs.get(wire.from) ?? [];
    ofNode.push(writingOf(wire));
    outputs.set(wire.from, ofNode);
  }
  return { nodes, wires, outputs };
}

function placeWire(wire: WireDocument, nodes: ReadonlyMap<string, NodeDocument>, catalogue: NodeCatalogue): PlacedWire {
  const [from = '', writtenPort] = wire.from.split('.');
  const node = nodes.get(from);
  const definition = node === undefined ? undefined : catalogue.find(node.type);
  const port = writtenPort ?? (definition === undefined ? undefined : firstPort(definition, node?.config)?.name);
  return { document: wire, from, port };
}

function whatItDoes({ type, config }: NodeDocument): unknown {
  return { type, config: config ?? {} };
}

/** What a wire is to a unit of work that hands on over it. */
function writingOf({ document, port }: PlacedWire): unknown {
  const { id, delivery } = document;
  if (delivery === 'push') return { id, delivery, port, to: document.to, settings: document.call ?? {} };
  return { id, delivery, port, settings: without(settingsOf(document), [...READING, ...AT_FIRST]) };
}

/** What a wire is to its reader. The log of an event wire is that of its port. */
function readingOf({ document, from, port }: PlacedWire): unknown {
  const { delivery, to } = document;
  const settings = without(settingsOf(document), [...WRITING, ...AT_FIRST]);
  return { delivery, to, settings, log: delivery === 'event' ? `${from}.${port ?? ''}` : undefined };
}

function settingsOf(wire: WireDocument): Readonly<Record<string, unknown>> {
  if (wire.delivery === 'push') return wire.call ?? {};
  return (wire.delivery === 'pull' ? wire.queue : wire.log) ?? {};
}

function without(settings: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !names.includes(name)));
}

function differ(left: unknown, right: unknown): boolean {
  return diffFields(left, right).length > 0;
}
