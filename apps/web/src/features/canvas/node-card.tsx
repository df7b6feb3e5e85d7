import { FAILED_PORT } from '@sluice/pipeline';
import { Handle, Position, type NodeProps } from '@xyflow/react';
import { IconAlertCircle, IconAlertTriangle } from '@tabler/icons-react';
import { memo } from 'react';
import { ownPorts } from '../../lib/draft/ports.ts';
import { NodeIcon } from '../../ui/node-icon.tsx';
import { useCanvasScale } from './canvas-scale.tsx';
import { useCanvasSlots } from './canvas-slots.tsx';
import classes from './node-card.module.css';
import { UNKNOWN_PORT, type CardNode } from './to-react-flow.ts';

const UNKNOWN_OUTPUTS = [{ name: UNKNOWN_PORT, summary: 'What comes out.' }];

/** One node: what it is, its name, the one setting that matters, and live what it does. */
export const NodeCard = memo(function NodeCard({ data, selected }: NodeProps<CardNode>) {
  const { NodeFigures } = useCanvasSlots();
  const { level } = useCanvasScale();
  const { node, definition } = data;
  const typeTitle = definition?.title ?? `Unknown type ${node.type}`;
  const title = node.title ?? typeTitle;
  const summary = definition?.summarise(node.config ?? {}) ?? '';
  const outputs = definition === undefined ? UNKNOWN_OUTPUTS : ownPorts(definition, node.config);
  return (
    <div
      className={classes['card']}
      data-intake={data.intake ?? 'none'}
      data-selected={selected}
      data-problem={data.problem ?? 'none'}
      data-candidate={data.candidate}
    >
      {definition?.role !== 'source' && (
        <Handle type="target" position={Position.Left} id="in" className={classes['handle'] ?? ''} />
      )}
      <div className={classes['head']}>
        <span className={classes['icon']}>
          <NodeIcon name={definition?.icon} size={18} />
        </span>
        <div className={classes['names']}>
          <div className={classes['title']} title={title}>
            {title}
          </div>
          <div className={classes['type']}>
            {typeTitle}
            {definition?.role === 'source' && ` · ${definition.sourceStyle} source`}
          </div>
        </div>
        {data.problem === 'error' && (
          <IconAlertCircle size={16} color="var(--state-failing)" aria-label="has errors" role="img" />
        )}
        {data.problem === 'warning' && (
          <IconAlertTriangle size={16} color="var(--state-waiting)" aria-label="has warnings" role="img" />
        )}
      </div>
      {summary !== '' && (
        <div className={classes['summary']} title={summary}>
          {summary}
        </div>
      )}
      <div className={classes['figures']}>
        <NodeFigures nodeId={node.id} live={level === 'near'} />
      </div>
      {outputs.map((port) => (
        <div key={port.name} className={outputs.length > 1 ? classes['port'] : undefined}>
          {outputs.length > 1 && port.name}
          <Handle
            type="source"
            position={Position.Right}
            id={port.name}
            className={classes['handle'] ?? ''}
            title={`${port.name}: ${port.summary}`}
          />
        </div>
      ))}
      {definition !== undefined && definition.role !== 'source' && (
        <Handle
          type="source"
          position={Position.Bottom}
          id={FAILED_PORT.name}
          className={`${classes['handle']} ${classes['failed']}`}
          data-wired={data.failedWired}
          title={`${FAILED_PORT.name}: ${FAILED_PORT.summary}`}
        />
      )}
    </div>
  );
});
