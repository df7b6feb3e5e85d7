import { useStore, type ReactFlowState } from '@xyflow/react';

export type ZoomLevel = 'near' | 'mid' | 'far';

const selectLevel = (state: ReactFlowState): ZoomLevel => {
  const zoom = state.transform[2];
  return zoom > 0.45 ? 'near' : zoom > 0.25 ? 'mid' : 'far';
};

/** How much of a node can be read. Style sheets hide the rest; nodes do not render for it. */
export function useZoomLevel(): ZoomLevel {
  return useStore(selectLevel);
}
