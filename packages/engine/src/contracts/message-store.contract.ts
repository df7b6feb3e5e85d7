import { describe } from 'vitest';
import type { Clock } from '../ports/clock.ts';
import type { MessageStore } from '../ports/message-store.ts';
import { describeBacklog } from './message-store/backlog.ts';
import { describeClockJumps } from './message-store/clock-jumps.ts';
import { describeCommits } from './message-store/commits.ts';
import { describeConcurrency } from './message-store/concurrency.ts';
import { describeCursorsAndKeys } from './message-store/cursors-and-keys.ts';
import { describeDeadLetters } from './message-store/dead-letters.ts';
import { describeFencing } from './message-store/fencing.ts';
import { describeFifoGroups } from './message-store/fifo-groups.ts';
import { describeForgetPipeline, describeForgetPipelineAfterRestart } from './message-store/forget-pipeline.ts';
import { describeLeases } from './message-store/leases.ts';
import { describeLettersByCause, describeLettersByCauseAfterRestart } from './message-store/letters-by-cause.ts';
import { describeLogs } from './message-store/logs.ts';
import { describeOldMessages, describeOldMessagesAfterRestart } from './message-store/old-messages.ts';
import { describePeekAndPurge } from './message-store/peek-and-purge.ts';
import { describePriorities, describePrioritiesAfterRestart } from './message-store/priorities.ts';
import { describeRandomActors } from './message-store/random-actors.ts';
import { describeReadiness } from './message-store/readiness.ts';
import { describeReplays, describeReplaysAfterRestart } from './message-store/replays.ts';
import { describeReleaseUntil, describeReleaseUntilAfterRestart } from './message-store/release-until.ts';
import { describeRestarts } from './message-store/restarts.ts';
import { describeRetention } from './message-store/retention.ts';
import { describeRetries } from './message-store/retries.ts';
import { describeSeek } from './message-store/seek.ts';
import { describeModel } from './message-store/store-model.ts';
import { type Subject, useSubject } from './message-store/subject.ts';
import { describeTakingLetters } from './message-store/taking-letters.ts';

/** A store in the hands of the suite. */
export interface StoreUnderTest {
  readonly store: MessageStore;
  /**
   * Ends the store and opens what is left: `close` in order, `crash` without any clean-up, as the death of the process
   * would. Absent when the store has nothing that could be left.
   */
  readonly reopen?: (how: 'close' | 'crash') => Promise<MessageStore>;
  /** Ends whichever store is open and removes what it kept. */
  readonly dispose: () => Promise<void>;
}

export interface MessageStoreContract {
  readonly name: string;
  readonly create: (clock: Clock) => Promise<StoreUnderTest>;
  readonly capabilities: {
    /** `create` gives a `reopen`; what was committed survives it. */
    readonly restarts: boolean;
  };
  /** Random histories that are compared with the model; default 100. */
  readonly modelRuns?: number;
}

/** What every message store must do. The memory store runs it first. */
export function describeMessageStore(contract: MessageStoreContract): void {
  describe(`message store: ${contract.name}`, () => {
    const subject = useSubject(contract);
    describeCommits(subject);
    describeConcurrency(subject);
    describeLeases(subject);
    describeFencing(subject);
    describeRetries(subject);
    describeClockJumps(subject, contract.capabilities.restarts);
    describeReleaseUntil(subject);
    describeFifoGroups(subject);
    describePriorities(subject);
    describeOldMessages(subject);
    describeLogs(subject);
    describeRetention(subject);
    describeSeek(subject);
    describeReplays(subject);
    describeCursorsAndKeys(subject);
    describeDeadLetters(subject);
    describeLettersByCause(subject);
    describeTakingLetters(subject);
    describeBacklog(subject);
    describePeekAndPurge(subject);
    describeReadiness(subject);
    describeForgetPipeline(subject);
    if (contract.capabilities.restarts) describeAfterRestart(subject);
  });
  describeModel(contract);
  describeRandomActors(contract);
}

function describeAfterRestart(subject: Subject): void {
  describeRestarts(subject);
  describePrioritiesAfterRestart(subject);
  describeOldMessagesAfterRestart(subject);
  describeReleaseUntilAfterRestart(subject);
  describeReplaysAfterRestart(subject);
  describeLettersByCauseAfterRestart(subject);
  describeForgetPipelineAfterRestart(subject);
}
