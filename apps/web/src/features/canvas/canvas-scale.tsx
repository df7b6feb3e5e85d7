import { createContext, useContext } from 'react';
import type { ZoomLevel } from './use-zoom-level.ts';

/** How much the canvas shows, by how far it is zoomed out and how large the drawing is. */
export interface CanvasScale {
  readonly level: ZoomLevel;
  /** Marks move along wires; not in large drawings, where they would cost every frame. */
  readonly moving: boolean;
}

/** Given by the canvas once for all nodes and wires: a thousand of them would ask with every frame of a pan. */
export const CanvasScaleContext = createContext<CanvasScale>({ level: 'near', moving: false });

export function useCanvasScale(): CanvasScale {
  return useContext(CanvasScaleContext);
}

/** More nodes than this are drawn only where they can be seen. */
export const LARGE_NODES = 150;

/** More wires than this carry no moving marks. */
export const MOVING_WIRES_MAX = 80;
