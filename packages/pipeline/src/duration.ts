/** Milliseconds per unit of the duration notation of documents: `200ms`, `5s`, `5m`, `2h`, `3d`. */
const MS_PER_UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
export const RATE_PATTERN = /^(\d+(?:\.\d+)?)\/(s|m|h|d)$/;

/** Milliseconds of a duration such as `5s`; `undefined` when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * MS_PER_UNIT[match[2] as keyof typeof MS_PER_UNIT]);
}

/** Milliseconds of a duration that a schema has already accepted. Throws `RangeError` on anything else. */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`"${text}" is not a duration such as 200ms, 5s, 5m, 2h or 3d`);
  return ms;
}

/** The shortest exact notation of a duration in milliseconds: 90_000 is `90s`, 120_000 is `2m`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = MS_PER_UNIT[unit];
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/** Events per second of a rate such as `100/s` or `30/m`; `undefined` when the text is not a rate. */
export function parseRate(text: string): number | undefined {
  const match = RATE_PATTERN.exec(text);
  if (match === null) return undefined;
  return (Number(match[1]) * 1_000) / MS_PER_UNIT[match[2] as keyof typeof MS_PER_UNIT];
}

/** Events per second of a rate that a schema has already accepted. Throws `RangeError` on anything else. */
export function ratePerSecond(text: string): number {
  const rate = parseRate(text);
  if (rate === undefined) throw new RangeError(`"${text}" is not a rate such as 100/s or 30/m`);
  return rate;
}
