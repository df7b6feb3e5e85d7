import { getBezierPath, type ConnectionLineComponentProps } from '@xyflow/react';
import { useCanvasStore, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import { checkConnection } from '../../lib/draft/connection-rules.ts';
import classes from './canvas.module.css';
import type { CardNode } from './to-react-flow.ts';

/** The wire while it is drawn; over a node that cannot take it, the reason. */
export function ConnectionLine({
  fromX,
  fromY,
  toX,
  toY,
  fromPosition,
  toPosition,
  fromNode,
  toNode,
  connectionStatus,
}: ConnectionLineComponentProps<CardNode>) {
  const store = useCanvasStore();
  const catalogue = useCatalogue();
  const [path] = getBezierPath({
    sourceX: fromX,
    sourceY: fromY,
    sourcePosition: fromPosition,
    targetX: toX,
    targetY: toY,
    targetPosition: toPosition,
  });
  const check =
    connectionStatus === 'invalid' && toNode !== null
      ? checkConnection(store.getState().document, catalogue, {
          fromNode: fromNode.id,
          port: null,
          to: toNode.id,
          delivery: 'pull',
        })
      : null;
  return (
    <g>
      <path d={path} className={classes['drawing']} data-status={connectionStatus ?? 'open'} />
      {check !== null && !check.ok && (
        <foreignObject x={toX + 12} y={toY + 8} width={260} height={90} style={{ overflow: 'visible' }}>
          <div className={classes['reason']}>{check.message}</div>
        </foreignObject>
      )}
    </g>
  );
}
