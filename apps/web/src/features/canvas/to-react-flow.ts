import {
  FAILED_PORT,
  firstPort,
  type Delivery,
  type Finding,
  type NodeCatalogue,
  type NodeDefinition,
  type NodeDocument,
  type PipelineDocument,
  type WireDocument,
} from '@sluice/pipeline';
import type { Edge, Node } from '@xyflow/react';
import { nodeTitle, titleOf } from '../../lib/draft/node-title.ts';
import type { CanvasElement, Selection } from '../../lib/draft/selection.ts';
import { wireSource } from '../../lib/draft/wire-ends.ts';
import { counted } from '../../lib/format/compact-number.ts';

/** Port id of a node whose type is unknown here. */
export const UNKNOWN_PORT = 'out';

export type CardNode = Node<
  {
    readonly node: NodeDocument;
    readonly definition: NodeDefinition | undefined;
    /** How messages reach it; `mixed` when by more than one delivery. */
    readonly intake: Delivery | 'mixed' | null;
    readonly problem: 'error' | 'warning' | null;
    /** Offered as the target of a wire that is being drawn by keyboard. */
    readonly candidate: boolean;
    /** A wire leads on from what it gives up. */
    readonly failedWired: boolean;
  },
  'card'
>;

export type WireEdge = Edge<
  {
    readonly wire: WireDocument;
    readonly label: string;
    readonly tabbable: boolean;
    readonly problem: 'error' | 'warning' | null;
  },
  'wire'
>;

export interface CanvasView {
  readonly document: PipelineDocument;
  readonly catalogue: NodeCatalogue;
  readonly selection: Selection;
  readonly focused: CanvasElement | null;
  readonly findings: readonly Finding[];
  readonly candidateId: string | null;
}

/** Nodes for React Flow. What did not change keeps its identity, so that only changed nodes render. */
export function toCardNodes(view: CanvasView, before: readonly CardNode[]): CardNode[] {
  const { document, catalogue, selection, focused } = view;
  const known = new Map(before.map((node) => [node.id, node]));
  const selected = new Set(selection.nodeIds);
  const tabbableId = focused === null ? firstInReadingOrder(document) : focused.kind === 'node' ? focused.id : null;
  const problems = worstByElement(view.findings, 'node');
  const intakes = new Map<string, Set<Delivery>>();
  const out = new Map<string, number>();
  const into = new Map<string, number>();
  const failing = new Set<string>();
  for (const wire of document.wires) {
    const { nodeId: from, port } = wireSource(wire);
    if (port === FAILED_PORT.name) failing.add(from);
    out.set(from, (out.get(from) ?? 0) + 1);
    into.set(wire.to, (into.get(wire.to) ?? 0) + 1);
    intakes.set(wire.to, (intakes.get(wire.to) ?? new Set()).add(wire.delivery));
  }
  return document.nodes.map((node) => {
    const definition = catalogue.find(node.type);
    const ways = [...(intakes.get(node.id) ?? [])];
    const intake: CardNode['data']['intake'] =
      definition?.sourceStyle ?? (ways.length > 1 ? 'mixed' : (ways[0] ?? null));
    const problem = problems.get(node.id) ?? null;
    const [x, y] = document.layout?.[node.id] ?? [0, 0];
    const old = known.get(node.id);
    const next = {
      id: node.id,
      position: old?.dragging === true ? old.position : { x, y },
      selected: selected.has(node.id),
      ariaLabel: labelOf(
        node,
        definition,
        { into: into.get(node.id) ?? 0, out: out.get(node.id) ?? 0, problem },
        catalogue,
      ),
      tabIndex: node.id === tabbableId ? 0 : -1,
      data: {
        node,
        definition,
        intake,
        problem,
        candidate: view.candidateId === node.id,
        failedWired: failing.has(node.id),
      },
    };
    return old !== undefined && sameCard(old, next) ? old : toCard(next, old);
  });
}

type NextCard = Pick<CardNode, 'id' | 'position' | 'data'> & {
  readonly selected: boolean;
  readonly ariaLabel: string;
  readonly tabIndex: number;
};

function toCard({ tabIndex, ...next }: NextCard, old: CardNode | undefined): CardNode {
  return { ...old, ...next, type: 'card', ariaRole: 'group', domAttributes: { tabIndex } };
}

function sameCard(old: CardNode, next: NextCard): boolean {
  return (
    old.data.node === next.data.node &&
    old.data.intake === next.data.intake &&
    old.data.problem === next.data.problem &&
    old.data.candidate === next.data.candidate &&
    old.data.failedWired === next.data.failedWired &&
    old.position.x === next.position.x &&
    old.position.y === next.position.y &&
    old.selected === next.selected &&
    old.ariaLabel === next.ariaLabel &&
    old.domAttributes?.tabIndex === next.tabIndex
  );
}

/** Wires for React Flow, with the same promise of identity. */
export function toWireEdges(view: CanvasView, before: readonly WireEdge[]): WireEdge[] {
  const { document, catalogue, selection, focused } = view;
  const known = new Map(before.map((edge) => [edge.id, edge]));
  const selected = new Set(selection.wireIds);
  const ids = new Set(document.nodes.map((node) => node.id));
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  const problems = worstByElement(view.findings, 'wire');
  return document.wires
    .filter((wire) => ids.has(wireSource(wire).nodeId) && ids.has(wire.to))
    .map((wire) => {
      const { nodeId, port } = wireSource(wire);
      const label = wireLabel(document, wire, catalogue);
      const problem = problems.get(wire.id) ?? null;
      const tabbable = focused?.kind === 'wire' && focused.id === wire.id;
      const source = nodes.get(nodeId);
      const definition = catalogue.find(source?.type ?? '');
      const first = definition === undefined ? undefined : firstPort(definition, source?.config);
      const sourceHandle = port ?? first?.name ?? UNKNOWN_PORT;
      const old = known.get(wire.id);
      if (
        old?.data?.wire === wire &&
        old.data.label === label &&
        old.data.tabbable === tabbable &&
        old.data.problem === problem &&
        old.sourceHandle === sourceHandle &&
        old.selected === selected.has(wire.id)
      ) {
        return old;
      }
      return {
        id: wire.id,
        type: 'wire',
        source: nodeId,
        sourceHandle,
        target: wire.to,
        targetHandle: 'in',
        selected: selected.has(wire.id),
        // The chip on the wire is the control; the drawn line is for the eye.
        domAttributes: { 'aria-hidden': true },
        data: { wire, label, tabbable, problem },
      };
    });
}

/** `Pull wire from Webhook to HTTP request`. */
function wireLabel(document: PipelineDocument, wire: WireDocument, catalogue: NodeCatalogue): string {
  const { nodeId, port } = wireSource(wire);
  const delivery = `${wire.delivery.charAt(0).toUpperCase()}${wire.delivery.slice(1)}`;
  return `${delivery} wire from ${titleOf(document, nodeId, catalogue)}${port === null ? '' : ` (${port})`} to ${titleOf(document, wire.to, catalogue)}`;
}

function labelOf(
  node: NodeDocument,
  definition: NodeDefinition | undefined,
  facts: { readonly into: number; readonly out: number; readonly problem: 'error' | 'warning' | null },
  catalogue: NodeCatalogue,
): string {
  const parts = [nodeTitle(node, catalogue), definition?.role ?? 'unknown type'];
  if (definition?.role !== 'source') parts.push(`${counted(facts.into, 'wire')} in`);
  if (definition === undefined || facts.out > 0 || firstPort(definition, node.config) !== undefined)
    parts.push(`${counted(facts.out, 'wire')} out`);
  if (facts.problem !== null) parts.push(`has ${facts.problem === 'error' ? 'errors' : 'warnings'}`);
  return parts.join(', ');
}

function worstByElement(findings: readonly Finding[], kind: 'node' | 'wire'): ReadonlyMap<string, 'error' | 'warning'> {
  const worst = new Map<string, 'error' | 'warning'>();
  for (const { element, severity } of findings) {
    if (element?.kind !== kind || severity === 'info' || worst.get(element.id) === 'error') continue;
    worst.set(element.id, severity);
  }
  return worst;
}

function firstInReadingOrder(document: PipelineDocument): string | null {
  const place = (id: string): number => {
    const [x, y] = document.layout?.[id] ?? [0, 0];
    return x * 10_000 + y;
  };
  return document.nodes.toSorted((a, b) => place(a.id) - place(b.id))[0]?.id ?? null;
}
