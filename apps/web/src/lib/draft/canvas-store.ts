import {
  firstPort,
  type Delivery,
  type NodeCatalogue,
  type NodeDocument,
  type PipelineDocument,
  type WireDocument,
} from '@sluice/pipeline';
import { createStore, type StoreApi } from 'zustand/vanilla';
import {
  applyChanges,
  headerOf,
  invertChanges,
  type Change,
  type ChangeSource,
  type DocumentHeader,
  type Position,
} from './change.ts';
import { checkConnection, closesPushCycle, type Connection, type ConnectionCheck } from './connection-rules.ts';
import { EMPTY_HISTORY, recordStep, type History } from './history.ts';
import { withLayout } from './lay-out-nodes.ts';
import { nodeTitle } from './node-title.ts';
import { removalOf } from './removal.ts';
import { replacementOf } from './replacement.ts';
import { NOTHING_SELECTED, type CanvasElement, type Selection } from './selection.ts';
import { fromOf } from './wire-ends.ts';
import { switchDelivery, type ParkedSettings } from './switch-delivery.ts';

export interface CanvasState {
  readonly document: PipelineDocument;
  readonly history: History;
  readonly selection: Selection;
  /** The one element that Tab reaches; arrows move it. */
  readonly focused: CanvasElement | null;
  /** Last thing said to a screen reader. */
  readonly announcement: string;
}

export interface CanvasActions {
  /** The one way a document changes. Empty lists are ignored. */
  readonly apply: (
    changes: readonly Change[],
    how: { readonly label: string; readonly group?: string; readonly source?: ChangeSource },
  ) => void;
  readonly undo: () => void;
  readonly redo: () => void;
  /** Answers the id of the new node, which is selected. */
  readonly addNode: (type: string, position: Position) => string;
  readonly connectPorts: (connection: Connection) => ConnectionCheck;
  /** Adds a node and a wire to it as one step. */
  readonly addNodeAfter: (
    type: string,
    position: Position,
    from: { readonly nodeId: string; readonly port: string | null },
  ) => string;
  /** Puts a node in the middle of a wire; the wire keeps its id, and with it its messages, on the side of the producer. */
  readonly spliceNode: (type: string, position: Position, wireId: string) => string;
  readonly moveNodes: (moves: Readonly<Record<string, Position>>, group?: string) => void;
  readonly removeElements: (selection: Selection) => void;
  readonly editNode: (
    id: string,
    edit: (node: NodeDocument) => NodeDocument,
    how: { readonly label: string; readonly group?: string },
  ) => void;
  readonly editWire: (
    id: string,
    edit: (wire: WireDocument) => WireDocument,
    how: { readonly label: string; readonly group?: string },
  ) => void;
  readonly setDelivery: (wireId: string, delivery: Delivery) => ConnectionCheck;
  readonly editHeader: (
    edit: (header: DocumentHeader) => DocumentHeader,
    how: { readonly label: string; readonly group?: string },
  ) => void;
  /** Brings back an earlier document as one step that can be undone. */
  readonly restoreDocument: (document: PipelineDocument, label: string) => void;
  /** Takes a document from elsewhere in place of this one; nothing before can be undone. */
  readonly replaceDocument: (document: PipelineDocument) => void;
  readonly select: (selection: Partial<Selection>) => void;
  readonly focus: (element: CanvasElement | null) => void;
  readonly announce: (text: string) => void;
}

export type CanvasStore = StoreApi<CanvasState & CanvasActions>;

export interface CanvasStoreOptions {
  readonly catalogue: NodeCatalogue;
  readonly document: PipelineDocument;
  readonly history?: History;
  readonly now?: () => number;
  /** A fresh suffix for ids: queues and cursors belong to ids, so an id is never used twice. */
  readonly newSuffix?: () => string;
}

/** The editing of one open pipeline. Two tabs, two pipelines and two tests each have their own. */
export function createCanvasStore(options: CanvasStoreOptions): CanvasStore {
  const { catalogue } = options;
  const now = options.now ?? Date.now;
  const newSuffix = options.newSuffix ?? (() => Math.random().toString(36).slice(2, 8).padEnd(6, '0'));
  /** Settings of the deliveries a wire had before, so that switching back loses nothing. */
  const parked = new Map<string, ParkedSettings>();

  return createStore<CanvasState & CanvasActions>()((set, get) => {
    const freshNode = (type: string): NodeDocument => {
      const definition = catalogue.find(type);
      const { document } = get();
      const same = document.nodes.filter((node) => node.type === type).length;
      return {
        id: `${type}-${newSuffix()}`,
        type,
        ...(same > 0 && definition !== undefined ? { title: `${definition.title} ${same + 1}` } : {}),
        ...(definition === undefined
          ? {}
          : { config: structuredClone(definition.initialConfig) as NonNullable<NodeDocument['config']> }),
      };
    };
    const titled = (node: NodeDocument): string => nodeTitle(node, catalogue);
    const selectNode = (id: string): void =>
      set({ selection: { nodeIds: [id], wireIds: [] }, focused: { kind: 'node', id } });
    const addition = (node: NodeDocument, position: Position): Change => ({
      kind: 'add-node',
      node,
      index: get().document.nodes.length,
      position: [Math.round(position[0]), Math.round(position[1])],
    });

    return {
      document: withLayout(options.document),
      history: options.history ?? EMPTY_HISTORY,
      selection: NOTHING_SELECTED,
      focused: null,
      announcement: '',

      apply: (changes, how) => {
        if (changes.length === 0) return;
        const { document, history, selection, focused } = get();
        const next = applyChanges(document, changes);
        const step = { label: how.label, group: how.group ?? null, at: now(), changes };
        set({
          document: next,
          history: how.source === 'server' ? history : recordStep(history, step),
          ...keptSelection(next, selection, focused),
        });
      },
      undo: () => {
        const { document, history, selection, focused } = get();
        const step = history.undo.at(-1);
        if (step === undefined) return;
        const next = applyChanges(document, invertChanges(step.changes));
        set({
          document: next,
          history: { undo: history.undo.slice(0, -1), redo: [...history.redo, { ...step, group: null }] },
          announcement: `Undone: ${step.label}`,
          ...keptSelection(next, selection, focused),
        });
      },
      redo: () => {
        const { document, history, selection, focused } = get();
        const step = history.redo.at(-1);
        if (step === undefined) return;
        const next = applyChanges(document, step.changes);
        set({
          document: next,
          history: { undo: [...history.undo, step], redo: history.redo.slice(0, -1) },
          announcement: `Redone: ${step.label}`,
          ...keptSelection(next, selection, focused),
        });
      },

      addNode: (type, position) => {
        const node = freshNode(type);
        get().apply([addition(node, position)], { label: `Add ${titled(node)}` });
        selectNode(node.id);
        get().announce(`${titled(node)} added`);
        return node.id;
      },
      addNodeAfter: (type, position, from) => {
        const node = freshNode(type);
        const wire: WireDocument = {
          id: `w-${newSuffix()}`,
          from: fromOf(from.nodeId, from.port),
          to: node.id,
          delivery: 'pull',
        };
        get().apply([addition(node, position), { kind: 'add-wire', wire, index: get().document.wires.length }], {
          label: `Add ${titled(node)}`,
        });
        selectNode(node.id);
        get().announce(`${titled(node)} added and wired`);
        return node.id;
      },
      spliceNode: (type, position, wireId) => {
        const node = freshNode(type);
        const { document } = get();
        const wire = document.wires.find((candidate) => candidate.id === wireId);
        const definition = catalogue.find(type);
        const changes: Change[] = [addition(node, position)];
        if (wire !== undefined && definition !== undefined && definition.role !== 'source') {
          changes.push({ kind: 'set-wire', before: wire, after: { ...wire, to: node.id } });
          if (firstPort(definition, node.config) !== undefined) {
            const onward: WireDocument = {
              id: `w-${newSuffix()}`,
              from: node.id,
              to: wire.to,
              delivery: wire.delivery,
            };
            changes.push({ kind: 'add-wire', wire: onward, index: document.wires.length });
          }
        }
        get().apply(changes, { label: `Insert ${titled(node)}` });
        selectNode(node.id);
        get().announce(`${titled(node)} inserted`);
        return node.id;
      },
      connectPorts: (connection) => {
        const { document } = get();
        const check = checkConnection(document, catalogue, connection);
        if (!check.ok) {
          get().announce(check.message);
          return check;
        }
        const wire: WireDocument = {
          id: `w-${newSuffix()}`,
          from: fromOf(connection.fromNode, connection.port),
          to: connection.to,
          delivery: connection.delivery,
        };
        get().apply([{ kind: 'add-wire', wire, index: document.wires.length }], { label: 'Connect' });
        set({ selection: { nodeIds: [], wireIds: [wire.id] } });
        return check;
      },
      moveNodes: (moves, group) => {
        const layout = get().document.layout ?? {};
        const changes = Object.entries(moves)
          .map(([id, [x, y]]): Change => ({
            kind: 'move-node',
            id,
            before: layout[id] ?? null,
            after: [Math.round(x), Math.round(y)],
          }))
          .filter((change) => change.kind === 'move-node' && String(change.before) !== String(change.after));
        get().apply(changes, {
          label: changes.length === 1 ? 'Move node' : 'Move nodes',
          ...(group === undefined ? {} : { group }),
        });
      },
      removeElements: (selection) => {
        const { document } = get();
        const changes = removalOf(document, selection);
        const only = document.nodes.find((node) => node.id === selection.nodeIds[0]);
        const label =
          selection.nodeIds.length === 1 && only !== undefined
            ? `Remove ${titled(only)}`
            : selection.nodeIds.length > 1
              ? 'Remove nodes'
              : 'Remove wire';
        get().apply(changes, { label });
        if (changes.length > 0) get().announce(`${label}. Undo brings it back.`);
      },
      editNode: (id, edit, how) => {
        const before = get().document.nodes.find((node) => node.id === id);
        if (before === undefined) return;
        const after = edit(before);
        if (after !== before) get().apply([{ kind: 'set-node', before, after }], how);
      },
      editWire: (id, edit, how) => {
        const before = get().document.wires.find((wire) => wire.id === id);
        if (before === undefined) return;
        const after = edit(before);
        if (after !== before) get().apply([{ kind: 'set-wire', before, after }], how);
      },
      setDelivery: (wireId, delivery) => {
        const { document } = get();
        const wire = document.wires.find((candidate) => candidate.id === wireId);
        if (wire === undefined || wire.delivery === delivery) return { ok: true };
        if (delivery === 'push' && closesPushCycle(document, wireId)) {
          const message = 'Push would close a ring of calls that wait for each other. Keep pull or event here.';
          get().announce(message);
          return { ok: false, reason: 'push-cycle', message };
        }
        const { switched, kept } = switchDelivery(wire, delivery, parked.get(wireId) ?? {});
        parked.set(wireId, kept);
        get().apply([{ kind: 'set-wire', before: wire, after: switched }], { label: `Change delivery to ${delivery}` });
        get().announce(`Delivery is now ${delivery}`);
        return { ok: true };
      },
      editHeader: (edit, how) => {
        const before = headerOf(get().document);
        get().apply([{ kind: 'set-header', before, after: edit(before) }], how);
      },
      restoreDocument: (target, label) => {
        get().apply(replacementOf(get().document, target), { label });
        get().announce(label);
      },
      replaceDocument: (document) => {
        set({ document: withLayout(document), history: EMPTY_HISTORY, selection: NOTHING_SELECTED, focused: null });
      },

      select: (selection) => {
        const next = { ...NOTHING_SELECTED, ...selection };
        const before = get().selection;
        if (sameIds(next.nodeIds, before.nodeIds) && sameIds(next.wireIds, before.wireIds)) return;
        const [nodeId] = next.nodeIds;
        const [wireId] = next.wireIds;
        set({
          selection: next,
          ...(nodeId !== undefined
            ? { focused: { kind: 'node', id: nodeId } }
            : wireId !== undefined
              ? { focused: { kind: 'wire', id: wireId } }
              : {}),
        });
      },
      focus: (element) => {
        const before = get().focused;
        if (before?.id !== element?.id || before?.kind !== element?.kind) set({ focused: element });
      },
      announce: (text) => set({ announcement: text }),
    };
  });
}

function keptSelection(
  document: PipelineDocument,
  selection: Selection,
  focused: CanvasElement | null,
): Pick<CanvasState, 'selection' | 'focused'> {
  const nodes = new Set(document.nodes.map((node) => node.id));
  const wires = new Set(document.wires.map((wire) => wire.id));
  const allThere = selection.nodeIds.every((id) => nodes.has(id)) && selection.wireIds.every((id) => wires.has(id));
  const there = focused !== null && (focused.kind === 'node' ? nodes : wires).has(focused.id);
  return {
    selection: allThere
      ? selection
      : {
          nodeIds: selection.nodeIds.filter((id) => nodes.has(id)),
          wireIds: selection.wireIds.filter((id) => wires.has(id)),
        },
    focused: there ? focused : null,
  };
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
