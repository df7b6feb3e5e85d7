import { createLatencyWindow, type LatencyWindow } from '../measure/latency-window.ts';
import { createRateWindow, type RateWindow } from '../measure/rate-window.ts';
import type { Clock } from '../ports/clock.ts';

export interface WireMeters {
  readonly in: RateWindow;
  readonly out: RateWindow;
  /** Enqueue to hand-over. */
  readonly waiting: LatencyWindow;
  readonly retries: RateWindow;
  /** Push: one call that was answered, the wait in line not included. */
  readonly calling: LatencyWindow;
  /** Push: calls that were refused or made way in line for want of a place, by priority. */
  readonly shed: RateWindow;
  /** Push: calls that were not let in because too little of their deadline was left. */
  readonly late: RateWindow;
}

export interface NodeMeters {
  /** Messages taken up, tries not counted again. */
  readonly in: RateWindow;
  /** Outputs given. */
  readonly out: RateWindow;
  readonly completed: RateWindow;
  readonly failed: RateWindow;
  readonly retries: RateWindow;
  /** Retries that the budget put off, or did not let be made in place. */
  readonly retriesDeferred: RateWindow;
  /** Messages that were given up here and went on by the port `failed`. */
  readonly diverted: RateWindow;
  readonly refused: RateWindow;
  readonly duplicates: RateWindow;
  /** Messages that were taken from its workers because their time was over. */
  readonly leasesLost: RateWindow;
  /** One try. */
  readonly working: LatencyWindow;
}

export function createWireMeters(clock: Clock): WireMeters {
  return {
    in: createRateWindow(clock),
    out: createRateWindow(clock),
    waiting: createLatencyWindow(clock),
    retries: createRateWindow(clock),
    calling: createLatencyWindow(clock),
    shed: createRateWindow(clock),
    late: createRateWindow(clock),
  };
}

export function createNodeMeters(clock: Clock): NodeMeters {
  return {
    in: createRateWindow(clock),
    out: createRateWindow(clock),
    completed: createRateWindow(clock),
    failed: createRateWindow(clock),
    retries: createRateWindow(clock),
    retriesDeferred: createRateWindow(clock),
    diverted: createRateWindow(clock),
    refused: createRateWindow(clock),
    duplicates: createRateWindow(clock),
    leasesLost: createRateWindow(clock),
    working: createLatencyWindow(clock),
  };
}
