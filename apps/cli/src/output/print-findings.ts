import type { Finding } from '@sluice/pipeline';
import type { Terminal } from './terminal.ts';

/** Findings as compilers print them, one a line, so that editors and eyes find the place; then how many of each kind. */
export function formatFindings(findings: readonly Finding[], file: string): string {
  const places = findings.map(({ at }) => (at === undefined ? file : `${file}:${at.line}:${at.column}`));
  const width = Math.max(0, ...places.map((place) => place.length));
  const lines = findings.map(
    ({ severity, message }, index) => `${(places[index] ?? '').padEnd(width)}  ${severity.padEnd(7)}  ${message}\n`,
  );
  return `${lines.join('')}${countFindings(findings)}\n`;
}

/** `2 errors, 1 warning`. */
function countFindings(findings: readonly Finding[]): string {
  const counts = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    const noun = severity === 'info' ? 'hint' : severity;
    return count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`];
  });
  return counts.length === 0 ? 'no findings' : counts.join(', ');
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/** For commands whose result is something else: findings go where errors go, and only when there are any. */
export function warnOfFindings(terminal: Terminal, findings: readonly Finding[], file: string): void {
  if (findings.length > 0) terminal.err(formatFindings(findings, file));
}
