import { useReducedMotion } from '@mantine/hooks';
import { memo, useMemo } from 'react';
import { useWirePace } from '../../lib/live/live-context.tsx';
import classes from './figures.module.css';

/** A mark that moves along the wire, the faster the more passes; a wide red line where the wire is full. */
export const WireFlow = memo(function WireFlow({
  wireId,
  path,
  moving,
}: {
  readonly wireId: string;
  readonly path: string;
  readonly moving: boolean;
}) {
  const pace = useWirePace(wireId);
  const still = useReducedMotion();
  const seconds = pace === 'still' || pace === 'full' ? null : DURATIONS[pace];
  // A new element for a new pace: an animation whose duration changes in flight jumps.
  const mark = useMemo(
    () =>
      seconds === null ? null : (
        <circle key={seconds} r={3.5} className={classes['mark']}>
          <animateMotion dur={`${seconds}s`} repeatCount="indefinite" path={path} />
        </circle>
      ),
    [seconds, path],
  );
  return (
    <>
      {pace === 'full' && <path d={path} className={classes['fullLine']} />}
      {moving && !still && mark}
    </>
  );
});

/** Seconds from end to end. */
const DURATIONS = { slow: 4, steady: 2, fast: 1 } as const;
