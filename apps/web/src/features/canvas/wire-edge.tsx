import { EdgeLabelRenderer, getBezierPath, type EdgeProps } from '@xyflow/react';
import { IconAlertCircle } from '@tabler/icons-react';
import { memo } from 'react';
import { useCanvasStore } from '../../lib/draft/canvas-context.tsx';
import { DeliveryIcon } from '../../ui/delivery-icon.tsx';
import { useCanvasScale } from './canvas-scale.tsx';
import { useCanvasSlots } from './canvas-slots.tsx';
import type { WireEdge as WireEdgeModel } from './to-react-flow.ts';
import classes from './wire-edge.module.css';

/** Push: a line with an arrow. Pull: a line with a tank on it. Event: a double line with a log on it. */
export const WireEdge = memo(function WireEdge(props: EdgeProps<WireEdgeModel>) {
  const { id, data, selected } = props;
  const store = useCanvasStore();
  const { WireFigures, WireFlow } = useCanvasSlots();
  const { level, moving } = useCanvasScale();
  const [path, labelX, labelY] = getBezierPath(props);
  if (data === undefined) return null;
  const { wire, label, tabbable, problem } = data;
  const { delivery } = wire;
  return (
    <>
      <path className="react-flow__edge-interaction" d={path} fill="none" strokeOpacity={0} strokeWidth={24} />
      <path
        id={id}
        className={classes['line']}
        data-delivery={delivery}
        data-selected={selected}
        d={path}
        markerEnd={`url(#arrow-${delivery})`}
      />
      {delivery === 'event' && <path className={classes['gap']} d={path} />}
      <WireFlow wireId={id} path={path} moving={moving} />
      {(level !== 'far' || selected === true || tabbable) && (
        <EdgeLabelRenderer>
          {/* The button lies under the figures, so that they keep their tooltips; a click on them is a click on the chip. */}
          <div
            className={`${classes['chip']} nodrag nopan figures`}
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
            data-delivery={delivery}
            data-selected={selected}
            onClick={() => store.getState().select({ wireIds: [id] })}
          >
            <button
              type="button"
              className={classes['cover']}
              data-wire-id={id}
              tabIndex={tabbable ? 0 : -1}
              aria-label={label}
              aria-pressed={selected ?? false}
            />
            <DeliveryIcon delivery={delivery} />
            {problem === 'error' && <IconAlertCircle size={14} color="var(--state-failing)" aria-hidden />}
            <WireFigures wireId={id} delivery={delivery} />
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** Arrow heads in the colours of the deliveries, once per page. */
export function WireMarkers() {
  return (
    <svg className={classes['markers']} aria-hidden>
      <defs>
        {(['push', 'pull', 'event'] as const).map((delivery) => (
          <marker
            key={delivery}
            id={`arrow-${delivery}`}
            viewBox="0 0 10 10"
            refX={9}
            refY={5}
            markerWidth={14}
            markerHeight={14}
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M 0 0.5 L 9.5 5 L 0 9.5 z" fill={`var(--${delivery})`} />
          </marker>
        ))}
      </defs>
    </svg>
  );
}
