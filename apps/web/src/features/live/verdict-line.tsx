import { useCanvasStore } from '../../lib/draft/canvas-context.tsx';
import { humaneDuration } from '../../lib/format/humane-duration.ts';
import { useRunSample } from '../../lib/live/live-context.tsx';
import { VerdictMark } from '../../ui/verdict-mark.tsx';
import { compactNumber, counted, perSecond } from '../../lib/format/compact-number.ts';
import classes from './verdict-line.module.css';

/** One sentence on how the pipeline is doing, with the node it is about one click away. */
export function VerdictLine() {
  const run = useRunSample();
  const store = useCanvasStore();
  if (run === undefined) {
    return (
      <section className={classes['line']} aria-label="Verdict">
        <span className={classes['quiet']}>
          Not deployed. What you draw is saved as a draft and runs when you deploy it.
        </span>
      </section>
    );
  }
  const { verdict, totals, at } = run;
  const { nodeId } = verdict;
  const since =
    verdict.since === null || at - verdict.since < 5_000 ? '' : ` for ${humaneDuration(at - verdict.since)}`;
  return (
    <section className={`${classes['line']} figures`} aria-label="Verdict">
      <VerdictMark kind={verdict.kind} />
      {nodeId === null ? (
        <strong>{verdict.text}</strong>
      ) : (
        <button
          type="button"
          className={classes['evidence']}
          onClick={() => store.getState().select({ nodeIds: [nodeId] })}
        >
          {verdict.text}
        </button>
      )}
      <span className={classes['quiet']}>{since}</span>
      <span className={classes['totals']}>
        <span>
          in <b>{perSecond(totals.rateIn)}</b>
        </span>
        <span>
          out <b>{perSecond(totals.rateOut)}</b>
        </span>
        <span>
          waiting <b>{compactNumber(totals.depth)}</b>
        </span>
        <span>
          oldest <b>{totals.oldestAgeMs === null ? 'none' : humaneDuration(totals.oldestAgeMs)}</b>
        </span>
        <span
          className={totals.deadLetters > 0 ? classes['failing'] : undefined}
          title={counted(totals.deadLetters, 'dead letter')}
        >
          dead letters <b>{compactNumber(totals.deadLetters)}</b>
        </span>
      </span>
    </section>
  );
}
