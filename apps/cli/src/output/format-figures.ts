/** `12,400`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** Per second: `0/s`, `0.4/s`, `120/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond === 0 || perSecond >= 10 ? formatCount(perSecond) : perSecond.toFixed(1)}/s`;
}

/** An age for the eye: `-`, `320 ms`, `4.2 s`, `12 min`, `3.5 h`, `2.0 d`. */
export function formatAge(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 86_400_000 ? `${(ms / 3_600_000).toFixed(1)} h` : `${(ms / 86_400_000).toFixed(1)} d`;
}
