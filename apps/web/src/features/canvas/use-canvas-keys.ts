import { useReactFlow } from '@xyflow/react';
import type { KeyboardEvent, RefObject } from 'react';
import { useCanvasStore } from '../../lib/draft/canvas-context.tsx';
import { neighbourOf, type Direction } from '../../lib/draft/neighbours.ts';
import type { CanvasElement } from '../../lib/draft/selection.ts';
import { wireSource, wiresInto, wiresOutOf } from '../../lib/draft/wire-ends.ts';
import { bringIntoView } from './bring-into-view.ts';
import { focusElement } from './focus-element.ts';
import type { QuickAddPlace } from './quick-add.tsx';
import type { CardNode, WireEdge } from './to-react-flow.ts';
import type { KeyboardConnect } from './use-keyboard-connect.ts';

interface CanvasKeysOptions {
  readonly container: RefObject<HTMLDivElement | null>;
  readonly connect: KeyboardConnect;
  readonly onQuickAdd: (place: QuickAddPlace) => void;
  readonly onOpenInspector: () => void;
  readonly onShowKeys: () => void;
}

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
const STEP: Readonly<Record<Direction, readonly [number, number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};
const DELIVERY_KEYS = { '1': 'push', '2': 'pull', '3': 'event' } as const;

/** Keys of the canvas. They count only while the focus is in it and not in a field. */
export function useCanvasKeys({ container, connect, onQuickAdd, onOpenInspector, onShowKeys }: CanvasKeysOptions) {
  const store = useCanvasStore();
  const flow = useReactFlow<CardNode, WireEdge>();

  const goTo = (element: CanvasElement): void => {
    const { select } = store.getState();
    select(element.kind === 'node' ? { nodeIds: [element.id] } : { wireIds: [element.id] });
    focusElement(container.current, element);
    if (element.kind === 'node') bringIntoView(flow, container.current, element.id);
  };

  const move = (direction: Direction, pixels: number): void => {
    const { selection, document, moveNodes } = store.getState();
    const [dx, dy] = STEP[direction];
    moveNodes(
      Object.fromEntries(
        selection.nodeIds.map((id) => {
          const [x, y] = document.layout?.[id] ?? [0, 0];
          return [id, [x + dx * pixels, y + dy * pixels]] as const;
        }),
      ),
      `nudge ${selection.nodeIds.join(' ')}`,
    );
  };

  const handleNodeKey = (event: KeyboardEvent, id: string): boolean => {
    const { document, select } = store.getState();
    const direction = ARROWS[event.key];
    if (direction !== undefined) {
      if (event.ctrlKey || event.metaKey) {
        if (!store.getState().selection.nodeIds.includes(id)) select({ nodeIds: [id] });
        move(direction, event.shiftKey ? 100 : 20);
      } else {
        const next = neighbourOf(document, id, direction);
        if (next !== undefined) goTo({ kind: 'node', id: next });
      }
      return true;
    }
    switch (keyOf(event)) {
      case 'Enter':
      case ' ':
        select({ nodeIds: [id] });
        if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) onOpenInspector();
        return !(event.ctrlKey || event.metaKey);
      case 'c':
        if (event.ctrlKey || event.metaKey) return false;
        connect.start(id);
        return true;
      case 'w': {
        const wire = wiresOutOf(document, id)[0] ?? wiresInto(document, id)[0];
        if (wire !== undefined) goTo({ kind: 'wire', id: wire.id });
        return true;
      }
      default:
        return false;
    }
  };

  const handleWireKey = (event: KeyboardEvent, id: string): boolean => {
    const { document, setDelivery, select } = store.getState();
    const wire = document.wires.find((candidate) => candidate.id === id);
    if (wire === undefined) return false;
    switch (keyOf(event)) {
      case 'ArrowLeft':
        goTo({ kind: 'node', id: wireSource(wire).nodeId });
        return true;
      case 'ArrowRight':
        goTo({ kind: 'node', id: wire.to });
        return true;
      case 'ArrowUp':
      case 'ArrowDown': {
        const siblings = wiresOutOf(document, wireSource(wire).nodeId);
        const all = siblings.length > 1 ? siblings : document.wires;
        const step = event.key === 'ArrowDown' ? 1 : -1;
        const next = all[(all.findIndex((candidate) => candidate.id === id) + step + all.length) % all.length];
        if (next !== undefined) goTo({ kind: 'wire', id: next.id });
        return true;
      }
      case '1':
      case '2':
      case '3':
        setDelivery(id, DELIVERY_KEYS[event.key as keyof typeof DELIVERY_KEYS]);
        return true;
      case 'Enter':
        if (event.ctrlKey || event.metaKey) return false;
        select({ wireIds: [id] });
        onOpenInspector();
        return true;
      default:
        return false;
    }
  };

  const handleCanvasKey = (event: KeyboardEvent, element: CanvasElement | null): boolean => {
    const { document, selection, select, removeElements } = store.getState();
    const control = event.ctrlKey || event.metaKey;
    switch (keyOf(event)) {
      case '/':
      case 'n':
        if (control) return false;
        onQuickAdd(placeOf(event, container.current));
        return true;
      case '?':
        onShowKeys();
        return true;
      case 'Delete':
      case 'Backspace': {
        const nothing = selection.nodeIds.length + selection.wireIds.length === 0;
        const doomed =
          nothing && element !== null
            ? element.kind === 'node'
              ? { nodeIds: [element.id], wireIds: [] }
              : { nodeIds: [], wireIds: [element.id] }
            : selection;
        const refuge = refugeOf(document, element);
        removeElements(doomed);
        if (refuge !== undefined && store.getState().document.nodes.some((node) => node.id === refuge))
          goTo({ kind: 'node', id: refuge });
        else container.current?.focus({ preventScroll: true });
        return true;
      }
      case 'a':
        if (!control) return false;
        select({ nodeIds: document.nodes.map((node) => node.id) });
        return true;
      case 'Escape':
        select({});
        return true;
      default: {
        const [first] = document.nodes;
        if (ARROWS[event.key] === undefined || element !== null || first === undefined) return false;
        goTo(store.getState().focused ?? { kind: 'node', id: first.id });
        return true;
      }
    }
  };

  return (event: KeyboardEvent): void => {
    if (isField(event.target)) return;
    const element = elementOf(event.target);
    const handled =
      connect.handleKey(keyOf(event)) ||
      (element?.kind === 'node' && handleNodeKey(event, element.id)) ||
      (element?.kind === 'wire' && handleWireKey(event, element.id)) ||
      (isCanvas(event.target, container.current) && handleCanvasKey(event, element));
    if (handled) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
}

/** Letters count alike with and without Shift and Caps Lock. */
function keyOf(event: KeyboardEvent): string {
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

function elementOf(target: EventTarget): CanvasElement | null {
  if (!(target instanceof Element)) return null;
  const chip = target.closest('[data-wire-id]')?.getAttribute('data-wire-id');
  if (chip !== null && chip !== undefined) return { kind: 'wire', id: chip };
  const node = target.closest('.react-flow__node')?.getAttribute('data-id');
  return node === null || node === undefined ? null : { kind: 'node', id: node };
}

/** The canvas itself, a node or a wire; not the buttons of its tool bar, nor a popover that React bubbles through it. */
function isCanvas(target: EventTarget, container: HTMLElement | null): boolean {
  return (
    target instanceof Element &&
    container !== null &&
    container.contains(target) &&
    (elementOf(target) !== null || target.closest('button, [role="dialog"]') === null)
  );
}

function isField(target: EventTarget): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.closest('input, textarea, select') !== null)
  );
}

function placeOf(event: KeyboardEvent, container: HTMLElement | null): QuickAddPlace {
  const box = container?.getBoundingClientRect();
  if (box === undefined) return { x: 0, y: 0 };
  const element = elementOf(event.target);
  const target = event.target instanceof Element ? event.target.closest('.react-flow__node') : null;
  if (target === null || element === null) return { x: box.left + box.width / 2 - 150, y: box.top + box.height / 4 };
  const node = target.getBoundingClientRect();
  return {
    x: Math.min(node.right + 16, box.right - 320),
    y: Math.min(Math.max(node.top, box.top + 8), box.bottom - 340),
    beside: element.id,
  };
}

function refugeOf(document: Parameters<typeof neighbourOf>[0], element: CanvasElement | null): string | undefined {
  if (element === null) return undefined;
  if (element.kind === 'node')
    return neighbourOf(document, element.id, 'left') ?? neighbourOf(document, element.id, 'right');
  const wire = document.wires.find((candidate) => candidate.id === element.id);
  return wire === undefined ? undefined : wireSource(wire).nodeId;
}
