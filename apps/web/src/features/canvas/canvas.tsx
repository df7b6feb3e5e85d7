import { firstPort, type Delivery, type Finding } from '@sluice/pipeline';
import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  ReactFlow,
  type Connection,
  type EdgeChange,
  type NodeChange,
  type OnConnectEnd,
  type Viewport,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { useCallback, useDeferredValue, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useCanvas, useCanvasStore, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import { checkConnection } from '../../lib/draft/connection-rules.ts';
import { showRefusal } from '../../ui/show-failure.ts';
import { CanvasBar } from './canvas-bar.tsx';
import { CanvasScaleContext, LARGE_NODES, MOVING_WIRES_MAX } from './canvas-scale.tsx';
import classes from './canvas.module.css';
import { ConnectBanner } from './connect-banner.tsx';
import { ConnectionLine } from './connection-line.tsx';
import { fittingViewport } from './fitting-viewport.ts';
import { EmptyCanvas } from './empty-canvas.tsx';
import { NodeCard } from './node-card.tsx';
import { QuickAdd, type QuickAddPlace } from './quick-add.tsx';
import { selectDocument, selectFocused, selectSelection } from './selectors.ts';
import {
  UNKNOWN_PORT,
  toCardNodes,
  toWireEdges,
  type CanvasView,
  type CardNode,
  type WireEdge as WireEdgeModel,
} from './to-react-flow.ts';
import { useCanvasDrop } from './use-canvas-drop.ts';
import { useCanvasKeys } from './use-canvas-keys.ts';
import { useKeyboardConnect } from './use-keyboard-connect.ts';
import { useShowNewNodes } from './use-show-new-nodes.ts';
import { useZoomLevel } from './use-zoom-level.ts';
import { WireEdge, WireMarkers } from './wire-edge.tsx';

const NODE_TYPES = { card: NodeCard };
const EDGE_TYPES = { wire: WireEdge };
const FIT = { padding: '28px', maxZoom: 1, minZoom: 0.2 } as const;
const UNMOVED: Viewport = { x: 0, y: 0, zoom: 1 };
const FIT_VIEW = { fitView: true, fitViewOptions: FIT } as const;
/** What stands beside and around the canvas, roughly. */
const SIDES = 580;
const BARS = 130;
const PRO = { hideAttribution: true };
const SNAP: [number, number] = [4, 4];

/** Delivery of a freshly drawn wire: the one that neither loses messages nor couples the two nodes. */
const NEW_WIRE: Delivery = 'pull';

interface CanvasProps {
  readonly findings: readonly Finding[];
  readonly onOpenInspector: () => void;
  readonly onShowKeys: () => void;
}

export function Canvas({ findings, onOpenInspector, onShowKeys }: CanvasProps) {
  const store = useCanvasStore();
  const catalogue = useCatalogue();
  const document = useCanvas(selectDocument);
  const selection = useCanvas(selectSelection);
  const focused = useCanvas(selectFocused);
  const container = useRef<HTMLDivElement>(null);
  const [quickAdd, setQuickAdd] = useState<QuickAddPlace | null>(null);
  const connect = useKeyboardConnect();
  const view: CanvasView = { document, catalogue, selection, focused, findings, candidateId: connect.candidateId };
  const [nodes, setNodes] = useState<CardNode[]>(() => toCardNodes(view, []));
  const [edges, setEdges] = useState<WireEdgeModel[]>(() => toWireEdges(view, []));

  useLayoutEffect(() => {
    const now: CanvasView = { document, catalogue, selection, focused, findings, candidateId: connect.candidateId };
    // React Flow keeps what it measured on the nodes themselves, so they cannot be derived while rendering.
    // oxlint-disable-next-line react/set-state-in-effect
    setNodes((before) => toCardNodes(now, before));
    setEdges((before) => toWireEdges(now, before));
  }, [document, catalogue, selection, focused, findings, connect.candidateId]);

  const zoom = useZoomLevel();
  const level = useDeferredValue(zoom);
  const isLarge = document.nodes.length > LARGE_NODES;
  const moving = level === 'near' && document.wires.length <= MOVING_WIRES_MAX;
  const scale = useMemo(() => ({ level, moving }), [level, moving]);
  // Before anything is drawn: a large drawing that starts close up would be drawn twice, and with nothing to fit,
  // React Flow would fit the first node that is dropped and carry it off from under the pointer.
  const [start] = useState(() =>
    document.nodes.length === 0
      ? UNMOVED
      : document.nodes.length > LARGE_NODES
        ? fittingViewport(document, window.innerWidth - SIDES, window.innerHeight - BARS)
        : null,
  );
  useShowNewNodes(container);
  const drop = useCanvasDrop(container);
  const handleKeyDown = useCanvasKeys({ container, connect, onQuickAdd: setQuickAdd, onOpenInspector, onShowKeys });

  const handleNodesChange = useCallback(
    (changes: NodeChange<CardNode>[]) => {
      const selects = changes.filter((change) => change.type === 'select');
      if (selects.length > 0) {
        const before = store.getState().selection;
        const ids = new Set(before.nodeIds);
        for (const change of selects) {
          if (change.selected) ids.add(change.id);
          else ids.delete(change.id);
        }
        // A node that is let go because a wire was chosen must not take the wire's selection with it.
        const wireIds = selects.some((change) => change.selected) ? [] : before.wireIds;
        store.getState().select({ nodeIds: [...ids], wireIds });
      }
      const local = changes.filter((change) => change.type === 'dimensions' || change.type === 'position');
      if (local.length > 0) setNodes((before) => applyNodeChanges(local, before));
    },
    [store],
  );
  const handleEdgesChange = useCallback(
    (changes: EdgeChange<WireEdgeModel>[]) => {
      const chosen = changes.find((change) => change.type === 'select' && change.selected);
      if (chosen?.type === 'select') store.getState().select({ wireIds: [chosen.id] });
    },
    [store],
  );
  const handleDragStop = useCallback(
    (_event: unknown, _node: CardNode, moved: CardNode[]) => {
      store
        .getState()
        .moveNodes(Object.fromEntries(moved.map((node) => [node.id, [node.position.x, node.position.y]] as const)));
    },
    [store],
  );
  const portOf = useCallback(
    (nodeId: string, handle: string | null | undefined): string | null => {
      const node = store.getState().document.nodes.find((candidate) => candidate.id === nodeId);
      const definition = catalogue.find(node?.type ?? '');
      const first = definition === undefined ? UNKNOWN_PORT : firstPort(definition, node?.config)?.name;
      return handle === null || handle === undefined || handle === first ? null : handle;
    },
    [store, catalogue],
  );
  const isValidConnection = useCallback(
    ({ source, sourceHandle, target }: Connection | WireEdgeModel) =>
      checkConnection(store.getState().document, catalogue, {
        fromNode: source,
        port: portOf(source, sourceHandle),
        to: target,
        delivery: NEW_WIRE,
      }).ok,
    [store, catalogue, portOf],
  );
  const handleConnect = useCallback(
    ({ source, sourceHandle, target }: Connection) => {
      store
        .getState()
        .connectPorts({ fromNode: source, port: portOf(source, sourceHandle), to: target, delivery: NEW_WIRE });
    },
    [store, portOf],
  );
  const handleConnectEnd: OnConnectEnd = useCallback(
    (event, connection) => {
      if (connection.isValid === true || connection.fromNode === null || connection.fromHandle?.type !== 'source')
        return;
      const port = portOf(connection.fromNode.id, connection.fromHandle.id);
      if (connection.toNode !== null) {
        const check = checkConnection(store.getState().document, catalogue, {
          fromNode: connection.fromNode.id,
          port,
          to: connection.toNode.id,
          delivery: NEW_WIRE,
        });
        if (!check.ok) showRefusal(check.message);
        return;
      }
      const point = 'changedTouches' in event ? event.changedTouches[0] : event;
      if (point !== undefined)
        setQuickAdd({ x: point.clientX, y: point.clientY, from: { nodeId: connection.fromNode.id, port } });
    },
    [store, catalogue, portOf],
  );
  const handlePaneClick = useCallback(() => {
    store.getState().select({});
    container.current?.focus({ preventScroll: true });
  }, [store]);

  return (
    <div
      ref={container}
      className={classes['canvas']}
      data-zoom={zoom}
      role="region"
      aria-label="Canvas"
      // In a large drawing the node that Tab reaches may not be drawn: arrows lead there from here.
      tabIndex={isLarge ? 0 : -1}
      onKeyDown={handleKeyDown}
      onDoubleClick={(event) => {
        if (event.target instanceof Element && event.target.classList.contains('react-flow__pane'))
          setQuickAdd({ x: event.clientX, y: event.clientY });
      }}
      {...drop}
    >
      <WireMarkers />
      <CanvasScaleContext value={scale}>
        <ReactFlow<CardNode, WireEdgeModel>
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onNodesChange={handleNodesChange}
          onEdgesChange={handleEdgesChange}
          onNodeDragStop={handleDragStop}
          onSelectionDragStop={(event, moved) => handleDragStop(event, moved[0] as CardNode, moved)}
          onConnect={handleConnect}
          onConnectEnd={handleConnectEnd}
          onPaneClick={handlePaneClick}
          isValidConnection={isValidConnection}
          connectionLineComponent={ConnectionLine}
          connectionRadius={28}
          connectOnClick
          nodesFocusable={false}
          edgesFocusable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          zoomOnDoubleClick={false}
          elevateNodesOnSelect={false}
          onlyRenderVisibleElements={isLarge}
          {...(start === null ? FIT_VIEW : { defaultViewport: start })}
          minZoom={0.1}
          maxZoom={2}
          snapToGrid
          snapGrid={SNAP}
          proOptions={PRO}
          aria-label="Nodes and wires"
        >
          <Background
            variant={BackgroundVariant.Dots}
            gap={24}
            size={1.5}
            color="var(--line)"
            bgColor="var(--surface-canvas)"
          />
          <CanvasBar onAdd={() => setQuickAdd(centreOf(container.current))} onShowKeys={onShowKeys} />
          {connect.banner !== null && <ConnectBanner {...connect.banner} />}
        </ReactFlow>
      </CanvasScaleContext>
      {document.nodes.length === 0 && quickAdd === null && (
        <EmptyCanvas onAdd={() => setQuickAdd(centreOf(container.current))} />
      )}
      {quickAdd !== null && <QuickAdd place={quickAdd} onClose={() => setQuickAdd(null)} container={container} />}
    </div>
  );
}

function centreOf(element: HTMLElement | null): QuickAddPlace {
  const box = element?.getBoundingClientRect();
  return box === undefined ? { x: 0, y: 0 } : { x: box.left + box.width / 2 - 150, y: box.top + box.height / 4 };
}
