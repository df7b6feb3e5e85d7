import { ReactFlowProvider } from '@xyflow/react';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useParams } from 'react-router';
import { ApiError } from '../../lib/api/api-error.ts';
import { pipelineQuery } from '../../lib/api/queries.ts';
import { SamplesProvider, useLiveConnection } from '../../lib/live/live-context.tsx';
import { DelayedSkeleton } from '../../ui/delayed-skeleton.tsx';
import { FailurePanel } from '../../ui/failure-panel.tsx';
import { Editor } from './editor.tsx';

/** One pipeline: its drawing and what it does. */
export function EditorPage() {
  const { pipeline: address = '' } = useParams();
  const { data: pipeline, error, isPending, refetch } = useQuery(pipelineQuery(address));
  if (isPending) return <DelayedSkeleton label="Reading the pipeline" rows={6} height={60} />;
  if (pipeline === undefined) {
    const gone = error instanceof ApiError && error.status === 404;
    return (
      <main>
        <title>Pipeline · Sluice</title>
        <FailurePanel
          title={gone ? `There is no pipeline ${address}` : 'The pipeline could not be read'}
          error={error}
          {...(gone ? {} : { onRetry: () => void refetch() })}
        />
        <p style={{ textAlign: 'center' }}>
          <Link to="/">All pipelines</Link>
        </p>
      </main>
    );
  }
  return (
    <WatchedPipeline key={pipeline.id} pipelineId={pipeline.id}>
      <ReactFlowProvider>
        <Editor pipeline={pipeline} address={address} />
      </ReactFlowProvider>
    </WatchedPipeline>
  );
}

function WatchedPipeline({
  pipelineId,
  children,
}: {
  readonly pipelineId: string;
  readonly children: React.ReactNode;
}) {
  const connection = useLiveConnection();
  useEffect(() => connection.watch(pipelineId), [connection, pipelineId]);
  return <SamplesProvider samples={connection.samples(pipelineId)}>{children}</SamplesProvider>;
}
