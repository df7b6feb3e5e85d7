const STEPS = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'min', ms: 60_000 },
  { unit: 's', ms: 1_000 },
] as const;

/** A span for reading, two units at most: `340 ms`, `4.2 s`, `12 min`, `2 h 5 min`. */
export function humaneDuration(ms: number): string {
  if (ms < 1) return ms <= 0 ? '0 ms' : '<1 ms';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1).replace(/\.0$/, '')} s`;
  const index = STEPS.findIndex((step) => ms >= step.ms);
  const step = STEPS[index];
  if (step === undefined) return `${Math.round(ms)} ms`;
  const whole = Math.floor(ms / step.ms);
  const next = STEPS[index + 1];
  if (next === undefined || whole >= 10) return `${whole} ${step.unit}`;
  const rest = Math.floor((ms - whole * step.ms) / next.ms);
  return rest === 0 ? `${whole} ${step.unit}` : `${whole} ${step.unit} ${rest} ${next.unit}`;
}

/** How long ago, for lists: `just now`, `4 min ago`. */
export function humaneAge(at: number, now: number): string {
  const age = now - at;
  return age < 5_000 ? 'just now' : `${humaneDuration(age)} ago`;
}
