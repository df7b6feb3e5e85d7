import type { NodeDocument, PipelineDocument, WireDocument } from '@sluice/pipeline';

export type Position = readonly [x: number, y: number];

/** What a document says apart from its graph. */
export type DocumentHeader = Omit<PipelineDocument, 'nodes' | 'wires' | 'layout'>;

/**
 * One step of an edit, as data. Each change carries what it needs to be undone, so the inverse of a list is the
 * reversed list of inverses. Indices are those at the moment of applying.
 */
export type Change =
  | {
      readonly kind: 'add-node';
      readonly node: NodeDocument;
      readonly index: number;
      readonly position: Position | null;
    }
  | {
      readonly kind: 'remove-node';
      readonly node: NodeDocument;
      readonly index: number;
      readonly position: Position | null;
    }
  | { readonly kind: 'set-node'; readonly before: NodeDocument; readonly after: NodeDocument }
  | {
      readonly kind: 'move-node';
      readonly id: string;
      readonly before: Position | null;
      readonly after: Position | null;
    }
  | { readonly kind: 'add-wire'; readonly wire: WireDocument; readonly index: number }
  | { readonly kind: 'remove-wire'; readonly wire: WireDocument; readonly index: number }
  | { readonly kind: 'set-wire'; readonly before: WireDocument; readonly after: WireDocument }
  | { readonly kind: 'set-header'; readonly before: DocumentHeader; readonly after: DocumentHeader };

/** Who made a change. The server's never enter undo. */
export type ChangeSource = 'user' | 'server';

export function applyChanges(document: PipelineDocument, changes: readonly Change[]): PipelineDocument {
  return changes.reduce(applyChange, document);
}

export function invertChanges(changes: readonly Change[]): readonly Change[] {
  return changes.map(invertChange).reverse();
}

export function headerOf(document: PipelineDocument): DocumentHeader {
  const { nodes: _nodes, wires: _wires, layout: _layout, ...header } = document;
  return header;
}

function applyChange(document: PipelineDocument, change: Change): PipelineDocument {
  switch (change.kind) {
    case 'add-node':
      return {
        ...document,
        nodes: document.nodes.toSpliced(change.index, 0, change.node),
        layout: withPosition(document, change.node.id, change.position),
      };
    case 'remove-node':
      return {
        ...document,
        nodes: document.nodes.filter((node) => node.id !== change.node.id),
        layout: withPosition(document, change.node.id, null),
      };
    case 'set-node':
      return { ...document, nodes: document.nodes.map((node) => (node.id === change.before.id ? change.after : node)) };
    case 'move-node':
      return { ...document, layout: withPosition(document, change.id, change.after) };
    case 'add-wire':
      return { ...document, wires: document.wires.toSpliced(change.index, 0, change.wire) };
    case 'remove-wire':
      return { ...document, wires: document.wires.filter((wire) => wire.id !== change.wire.id) };
    case 'set-wire':
      return { ...document, wires: document.wires.map((wire) => (wire.id === change.before.id ? change.after : wire)) };
    case 'set-header': {
      const { nodes, wires, layout } = document;
      return { ...change.after, nodes, wires, ...(layout === undefined ? {} : { layout }) };
    }
  }
}

function invertChange(change: Change): Change {
  switch (change.kind) {
    case 'add-node':
      return { ...change, kind: 'remove-node' };
    case 'remove-node':
      return { ...change, kind: 'add-node' };
    case 'add-wire':
      return { ...change, kind: 'remove-wire' };
    case 'remove-wire':
      return { ...change, kind: 'add-wire' };
    case 'set-node':
      return { kind: 'set-node', before: change.after, after: change.before };
    case 'set-wire':
      return { kind: 'set-wire', before: change.after, after: change.before };
    case 'set-header':
      return { kind: 'set-header', before: change.after, after: change.before };
    case 'move-node':
      return { kind: 'move-node', id: change.id, before: change.after, after: change.before };
  }
}

function withPosition(
  document: PipelineDocument,
  id: string,
  position: Position | null,
): Record<string, [number, number]> {
  const { [id]: _old, ...rest } = document.layout ?? {};
  return position === null ? rest : { ...rest, [id]: [position[0], position[1]] };
}
