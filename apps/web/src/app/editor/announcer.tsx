import { VisuallyHidden } from '@mantine/core';
import { useCanvas } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';

const selectAnnouncement = (state: CanvasState) => state.announcement;

/** Says what just happened on the canvas to those who do not see it. */
export function Announcer() {
  return (
    <VisuallyHidden role="status" aria-live="polite" aria-label="What happened on the canvas">
      {useCanvas(selectAnnouncement)}
    </VisuallyHidden>
  );
}
