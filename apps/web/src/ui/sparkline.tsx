import classes from './sparkline.module.css';

interface SparklineProps {
  /** Oldest first; drawn against the largest of both. */
  readonly primary: readonly number[];
  readonly secondary: readonly number[];
  readonly label: string;
  /** How many points fill the width; fewer stand at the right. */
  readonly capacity: number;
}

const WIDTH = 240;
const HEIGHT = 36;

/** Two small lines: the first filled, the second thin. */
export function Sparkline({ primary, secondary, label, capacity }: SparklineProps) {
  const top = Math.max(0.1, ...primary, ...secondary);
  return (
    <svg
      className={classes['root']}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line className={classes['base']} x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {primary.length > 1 && (
        <path
          className={classes['area']}
          d={`${line(primary, top, capacity)} V ${HEIGHT} H ${xAt(0, primary.length, capacity)} Z`}
        />
      )}
      {primary.length > 1 && <path className={classes['primary']} d={line(primary, top, capacity)} />}
      {secondary.length > 1 && <path className={classes['secondary']} d={line(secondary, top, capacity)} />}
    </svg>
  );
}

function line(values: readonly number[], top: number, capacity: number): string {
  return values
    .map(
      (value, index) =>
        `${index === 0 ? 'M' : 'L'} ${xAt(index, values.length, capacity)} ${(HEIGHT - 2 - (value / top) * (HEIGHT - 5)).toFixed(1)}`,
    )
    .join(' ');
}

function xAt(index: number, length: number, capacity: number): string {
  return (WIDTH - ((length - 1 - index) * WIDTH) / (capacity - 1)).toFixed(1);
}
