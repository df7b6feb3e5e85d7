const EXACT = new Intl.NumberFormat('en');
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** Exact below ten thousand, compact above: `9,412`, `12.4K`. Put `exactNumber` where the pointer rests. */
export function compactNumber(value: number): string {
  return Math.abs(value) < 10_000 ? EXACT.format(Math.round(value)) : COMPACT.format(value);
}

export function exactNumber(value: number): string {
  return EXACT.format(value);
}

/** Messages per second with as many digits as mean something: `0/s`, `0.4/s`, `12/s`, `1.2K/s`. */
export function perSecond(rate: number): string {
  if (rate <= 0) return '0/s';
  if (rate < 0.1) return '<0.1/s';
  if (rate < 10) return `${rate.toFixed(1).replace(/\.0$/, '')}/s`;
  return `${compactNumber(rate)}/s`;
}

/** Count with its noun: `1 wire`, `3 wires`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${EXACT.format(count)} ${count === 1 ? noun : plural}`;
}

export function humaneBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let index = 0;
  while (value >= 1_024 && index < units.length - 1) {
    value /= 1_024;
    index += 1;
  }
  return `${index === 0 || value >= 100 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${units[index]}`;
}
