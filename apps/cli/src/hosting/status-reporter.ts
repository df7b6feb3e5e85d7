import type { EngineNotice, PipelineFigures } from '@sluice/engine';
import { formatAge, formatCount, formatRate } from '../output/format-figures.ts';
import type { Terminal } from '../output/terminal.ts';

/** Tells how a running pipeline fares. */
export interface StatusReporter {
  /** Once a second. */
  figures(figures: PipelineFigures): void;
  notice(notice: EngineNotice): void;
  logEntry(entry: {
    readonly nodeId: string;
    readonly level: string;
    readonly text: string;
    readonly data?: unknown;
  }): void;
  /** Leaves the screen tidy. */
  end(): void;
}

/**
 * On a screen one line that is written over, with notices above it; in JSON a line for everything; into a file or pipe
 * only what is notable.
 */
export function createStatusReporter(terminal: Terminal, format: 'text' | 'json'): StatusReporter {
  if (format === 'json') {
    return {
      figures: (figures) => terminal.json({ kind: 'status', ...figures }),
      notice: ({ kind, ...rest }) => terminal.json({ kind: 'notice', notice: kind, ...rest }),
      logEntry: (entry) => terminal.json({ kind: 'log', ...entry }),
      end: () => {},
    };
  }
  let line = '';
  const clear = (): string => (line === '' ? '' : '\r\u001B[K');
  const above = (text: string): void => terminal.out(`${clear()}${text}\n${line}`);
  return {
    figures(figures) {
      const columns = terminal.screenColumns;
      if (columns === undefined) return;
      const erased = clear();
      line = statusLine(figures).slice(0, Math.max(0, columns - 1));
      terminal.out(`${erased}${line}`);
    },
    notice: ({ text }) => above(text),
    logEntry: ({ nodeId, level, text, data }) =>
      above(`${nodeId} ${level}: ${text}${data === undefined ? '' : ` ${JSON.stringify(data)}`}`),
    end() {
      terminal.out(line === '' ? '' : '\n');
      line = '';
    },
  };
}

/** `flowing · in 120/s · out 118/s · 2,340 waiting · 8 in hand · oldest 3.2 s · 0 dead`. */
function statusLine({ state, verdict, totals }: PipelineFigures): string {
  return [
    state === 'running' ? verdict.kind : state,
    `in ${formatRate(totals.rateIn)}`,
    `out ${formatRate(totals.rateOut)}`,
    `${formatCount(totals.depth)} waiting`,
    `${formatCount(totals.inFlight)} in hand`,
    `oldest ${formatAge(totals.oldestAgeMs)}`,
    `${formatCount(totals.deadLetters)} dead`,
  ].join(' · ');
}
