import type { Delivery } from '@sluice/pipeline';
import { createContext, useContext, type ComponentType, type ReactNode } from 'react';

/**
 * What the page puts onto nodes and wires: live figures. They are components that read their own samples, so the canvas
 * does not render when a figure changes.
 */
export interface CanvasSlots {
  /** `live`: can be read at this zoom; otherwise it need not follow. */
  readonly NodeFigures: ComponentType<{ readonly nodeId: string; readonly live: boolean }>;
  /** Drawn on the line itself: what moves along it. */
  readonly WireFlow: ComponentType<{ readonly wireId: string; readonly path: string; readonly moving: boolean }>;
  readonly WireFigures: ComponentType<{ readonly wireId: string; readonly delivery: Delivery }>;
}

const CanvasSlotsContext = createContext<CanvasSlots | null>(null);

export function CanvasSlotsProvider({
  slots,
  children,
}: {
  readonly slots: CanvasSlots;
  readonly children: ReactNode;
}) {
  return <CanvasSlotsContext value={slots}>{children}</CanvasSlotsContext>;
}

export function useCanvasSlots(): CanvasSlots {
  const slots = useContext(CanvasSlotsContext);
  if (slots === null) throw new Error('This part of the canvas stands outside of CanvasSlotsProvider');
  return slots;
}
