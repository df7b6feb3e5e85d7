import { describe } from 'vitest';
import type { Clock } from '../ports/clock.ts';
import type { TraceBounds, TraceStore } from '../ports/trace-store.ts';
import { describeBounds } from './trace-store/bounds.ts';
import { describeFinding } from './trace-store/finding.ts';
import { describeRecording } from './trace-store/recording.ts';
import { describeTracesAfterRestart } from './trace-store/restarts.ts';
import { useTraceSubject } from './trace-store/subject.ts';

/** A trace store in the hands of the suite. */
export interface TraceStoreUnderTest {
  readonly store: TraceStore;
  /** Closes the store and opens it again with these bounds. Absent when nothing of it could be left. */
  readonly reopen?: (bounds: TraceBounds) => Promise<TraceStore>;
  /** Ends whichever store is open and removes what it kept. */
  readonly dispose: () => Promise<void>;
}

export interface TraceStoreContract {
  readonly name: string;
  readonly capabilities: {
    /** `create` gives a `reopen`; what was recorded survives it. */
    readonly restarts: boolean;
  };
  readonly create: (options: { readonly clock: Clock; readonly bounds: TraceBounds }) => Promise<TraceStoreUnderTest>;
}

/** What every trace store must do. */
export function describeTraceStore(contract: TraceStoreContract): void {
  describe(`trace store: ${contract.name}`, () => {
    const subject = useTraceSubject(contract);
    describeRecording(subject);
    describeFinding(subject);
    describeBounds(subject);
    if (contract.capabilities.restarts) describeTracesAfterRestart(subject);
  });
}
