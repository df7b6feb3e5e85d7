import type { ReactFlowInstance } from '@xyflow/react';
import type { CardNode, WireEdge } from './to-react-flow.ts';

const MARGIN = 24;
/** The tool bar covers the lowest strip. */
const BAR = 64;

/** Moves the canvas so that a node can be seen whole, and not at all if it can be seen already. */
export function bringIntoView(
  flow: ReactFlowInstance<CardNode, WireEdge>,
  container: HTMLElement | null,
  nodeId: string,
): void {
  const node = flow.getNode(nodeId);
  const box = container?.getBoundingClientRect();
  if (node === undefined || box === undefined) return;
  const width = node.measured?.width ?? 228;
  const height = node.measured?.height ?? 80;
  const start = flow.flowToScreenPosition(node.position);
  const end = flow.flowToScreenPosition({ x: node.position.x + width, y: node.position.y + height });
  const inside =
    start.x > box.left + MARGIN && end.x < box.right - MARGIN && start.y > box.top + MARGIN && end.y < box.bottom - BAR;
  if (!inside)
    void flow.setCenter(node.position.x + width / 2, node.position.y + height / 2, {
      zoom: flow.getZoom(),
      duration: 150,
    });
}
