import type { PipelineFigures } from '@sluice/engine';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Terminal } from '../output/terminal.ts';
import { createStatusReporter } from './status-reporter.ts';

const figures: PipelineFigures = {
  pipelineId: 'orders',
  name: 'orders',
  version: 1,
  state: 'running',
  at: 0,
  verdict: { kind: 'limited', text: 'Limited by ship', nodeId: 'ship', since: 0 },
  totals: { depth: 2_340, inFlight: 8, oldestAgeMs: 3_200, deadLetters: 1, rateIn: 120, rateOut: 0.5 },
  nodes: {},
  wires: {},
  removedWires: [],
  limits: {
    bytes: 0,
    bytesMax: 1,
    deadLetters: 0,
    deadLettersMax: 1,
    deadLetterBytes: 0,
    deadLetterBytesMax: 1,
    fullSince: null,
    deadLettersFullSince: null,
    isDiskShort: false,
  },
  drain: null,
};
const notice = {
  pipelineId: 'orders',
  at: 0,
  kind: 'breaker-opened',
  elementId: 'ship',
  text: 'Breaker of ship opened',
} as const;
const LINE = 'limited · in 120/s · out 0.5/s · 2,340 waiting · 8 in hand · oldest 3.2 s · 1 dead';

let written: string;
const terminal = (screenColumns: number | undefined): Terminal => ({
  out: (text) => void (written += text),
  err: () => {},
  json: (value) => void (written += `${JSON.stringify(value)}\n`),
  screenColumns,
});

beforeEach(() => {
  written = '';
});

describe('on a screen', () => {
  test('one line is written over, notices stand above it', () => {
    const reporter = createStatusReporter(terminal(200), 'text');
    reporter.figures(figures);
    reporter.notice(notice);
    reporter.figures({ ...figures, state: 'paused' });
    reporter.end();
    const erase = '\r\u001B[K';
    expect(written).toBe(
      `${LINE}${erase}Breaker of ship opened\n${LINE}${erase}${LINE.replace('limited', 'paused')}\n`,
    );
  });

  test('the line is cut where the screen ends, so that it stays one line', () => {
    const reporter = createStatusReporter(terminal(20), 'text');
    reporter.figures(figures);
    expect(written).toBe(LINE.slice(0, 19));
  });
});

describe('into a file', () => {
  test('only what is notable is written', () => {
    const reporter = createStatusReporter(terminal(undefined), 'text');
    reporter.figures(figures);
    reporter.notice(notice);
    reporter.logEntry({ nodeId: 'out', level: 'info', text: 'seen', data: { id: 1 } });
    reporter.end();
    expect(written).toBe('Breaker of ship opened\nout info: seen {"id":1}\n');
  });

  test('in JSON everything is a line', () => {
    const reporter = createStatusReporter(terminal(undefined), 'json');
    reporter.figures(figures);
    reporter.notice(notice);
    expect(
      written
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { kind: 'status', name: 'orders', totals: { depth: 2_340 } },
      { kind: 'notice', notice: 'breaker-opened', elementId: 'ship' },
    ]);
  });
});
