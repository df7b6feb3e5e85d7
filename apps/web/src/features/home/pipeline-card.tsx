import { Badge, Button, Group } from '@mantine/core';
import type { PipelineSummary } from '@sluice/protocol';
import { Link } from 'react-router';
import { compactNumber, counted, exactNumber, perSecond } from '../../lib/format/compact-number.ts';
import { humaneDuration } from '../../lib/format/humane-duration.ts';
import { useOverviewSample } from '../../lib/live/live-context.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { VerdictMark } from '../../ui/verdict-mark.tsx';
import { PipelineCardActions } from './pipeline-card-actions.tsx';
import classes from './home.module.css';

/** Fewer points than a minute's worth do not fill the width. */
const WINDOW_POINTS_MIN = 60;

/** One pipeline: what it does now, in one sentence and six figures. */
export function PipelineCard({ pipeline }: { readonly pipeline: PipelineSummary }) {
  const sample = useOverviewSample(pipeline.id);
  const state = sample?.entry.state ?? pipeline.deployment?.state ?? null;
  const verdict = sample?.entry.verdict ?? pipeline.verdict;
  const totals = sample?.entry.totals ?? pipeline.totals;
  const points = sample?.points ?? [];

  return (
    <li className={classes['card']} aria-label={pipeline.title}>
      <Group justify="space-between" wrap="nowrap" gap="xs" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Link className={classes['title']} to={`/pipelines/${pipeline.name}`} title={pipeline.title}>
            {pipeline.title}
          </Link>
          <div className={classes['name']}>
            {pipeline.name} · {counted(pipeline.nodes, 'node')} · {counted(pipeline.wires, 'wire')}
          </div>
        </div>
        <Group gap={4} wrap="nowrap" className={classes['badges'] ?? ''}>
          {pipeline.deployment !== null && pipeline.draftDiffers && (
            <Badge color="gray" size="sm">
              draft differs
            </Badge>
          )}
          <Badge color={state === 'failed' ? 'red' : state === 'running' ? 'sea' : 'gray'} size="sm">
            {state === null ? 'draft' : `${state} · v${sample?.entry.version ?? pipeline.deployment?.version ?? ''}`}
          </Badge>
        </Group>
      </Group>

      <div className={classes['verdict']}>
        {verdict === null ? (
          <span className={classes['name']}>Not deployed. Nothing runs yet.</span>
        ) : (
          <>
            <VerdictMark kind={verdict.kind} />
            <span className={classes['verdictText']} title={verdict.text}>
              {verdict.text}
            </span>
          </>
        )}
      </div>

      {totals !== null && state !== null && (
        <>
          <dl className={`${classes['figures']} figures`}>
            <Figure
              label="Waiting"
              value={compactNumber(totals.depth)}
              exact={`${exactNumber(totals.depth)} messages`}
            />
            <Figure label="Oldest" value={totals.oldestAgeMs === null ? 'none' : humaneDuration(totals.oldestAgeMs)} />
            <Figure
              label="Dead letters"
              value={compactNumber(totals.deadLetters)}
              exact={`${exactNumber(totals.deadLetters)} messages`}
              failing={totals.deadLetters > 0}
            />
          </dl>
          <div>
            <Sparkline
              primary={points.map((point) => point.rateIn)}
              secondary={points.map((point) => point.rateOut)}
              capacity={Math.max(WINDOW_POINTS_MIN, points.length)}
              label={`Rates while this page is open: in ${perSecond(totals.rateIn)}, out ${perSecond(totals.rateOut)}`}
            />
            <div className={`${classes['rates']} figures`}>
              <span>
                in <strong>{perSecond(totals.rateIn)}</strong>
              </span>
              <span>
                out <strong>{perSecond(totals.rateOut)}</strong>
              </span>
            </div>
          </div>
        </>
      )}

      <Group gap="xs" mt="auto">
        <Button
          component={Link}
          to={`/pipelines/${pipeline.name}`}
          variant="default"
          aria-label={`Open ${pipeline.title}`}
        >
          Open
        </Button>
        <PipelineCardActions pipeline={pipeline} state={state} />
      </Group>
    </li>
  );
}

function Figure({
  label,
  value,
  exact,
  failing = false,
}: {
  readonly label: string;
  readonly value: string;
  readonly exact?: string;
  readonly failing?: boolean;
}) {
  return (
    <div title={exact}>
      <dt>{label}</dt>
      <dd className={failing ? classes['failing'] : undefined}>{value}</dd>
    </div>
  );
}
