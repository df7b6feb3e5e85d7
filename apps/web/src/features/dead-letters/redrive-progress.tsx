import { Button, CloseButton, Progress } from '@mantine/core';
import type { RedriveJobView } from '@sluice/protocol';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { deadLetterRequests } from '../../lib/api/dead-letter-requests.ts';
import { redrivesQuery } from '../../lib/api/queries.ts';
import { counted, exactNumber } from '../../lib/format/compact-number.ts';
import { showFailure } from '../../ui/show-failure.ts';
import classes from './dead-letters.module.css';

/** How far the redrive of this pipeline is, or how the last one ended, until that was read. */
export function RedriveProgress({ pipelineId }: { readonly pipelineId: string }) {
  const [read, setRead] = useState<string | null>(null);
  const { data: jobs } = useQuery(redrivesQuery(pipelineId));
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: (job: string) => deadLetterRequests.cancel(pipelineId, job),
    onError: (error) => showFailure('The redrive was not cancelled', error),
    onSettled: () => client.invalidateQueries({ queryKey: ['redrives', pipelineId] }),
  });
  const [job] = jobs ?? [];
  const steps = job === undefined ? 0 : job.redriven + job.failedAgain;
  useEffect(() => {
    if (steps > 0) void client.invalidateQueries({ queryKey: ['dead-letters', pipelineId] });
  }, [client, pipelineId, steps]);
  if (job === undefined || job.id === read) return null;
  const isOver = job.endedAt !== null;
  return (
    <div className={classes['progress']} role="status" aria-label="Redrive">
      {!isOver && (
        <Progress
          className={classes['bar'] ?? ''}
          value={job.letters === 0 ? 100 : (100 * (job.letters - job.left)) / job.letters}
          aria-label="Redriven"
        />
      )}
      <span className={`${classes['progressText']} figures`}>{describe(job)}</span>
      {isOver ? (
        <CloseButton size={24} aria-label="Close the result of the redrive" onClick={() => setRead(job.id)} />
      ) : (
        <Button
          variant="default"
          size="compact-sm"
          h={26}
          loading={cancel.isPending}
          onClick={() => cancel.mutate(job.id)}
        >
          Cancel
        </Button>
      )}
    </div>
  );
}

const STATES = {
  canary: 'Redriving the first ones',
  redriving: 'Redriving',
  settling: 'All redriven',
  done: 'Redrive is over',
  stopped: 'Redrive stopped by itself',
  cancelled: 'Redrive was cancelled',
  interrupted: 'Redrive was interrupted',
} as const satisfies Readonly<Record<RedriveJobView['state'], string>>;

function describe(job: RedriveJobView): string {
  const parts = [
    `${exactNumber(job.redriven)} of ${counted(job.letters, 'message')} redriven`,
    `${exactNumber(job.worked)} worked`,
    ...(job.failedAgain > 0 ? [`${exactNumber(job.failedAgain)} died again`] : []),
    ...(job.left > 0 ? [`${exactNumber(job.left)} left`] : []),
    ...(job.refused > 0 ? [`${exactNumber(job.refused)} have no wire to go to`] : []),
    ...(job.gone > 0 ? [`${exactNumber(job.gone)} gone meanwhile`] : []),
    ...(job.lostSight > 0 ? [`${exactNumber(job.lostSight)} out of sight`] : []),
  ];
  return `${STATES[job.state]}: ${parts.join(', ')}${job.detail === null ? '' : `. ${job.detail}`}`;
}
