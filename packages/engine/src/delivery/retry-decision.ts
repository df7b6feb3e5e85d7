import type { RetryPlan, RetryRulePlan } from '../plan/node-plan.ts';
import type { Random } from '../ports/random.ts';
import type { WorkError } from '../work-error.ts';
import { backoffMs } from './backoff.ts';
import { ruleFor } from './retry-rule.ts';

/** A failure, with the rule of the node where it happened that fits it, if one does. */
export interface RuledFailure {
  readonly work: WorkError;
  readonly rule: RetryRulePlan | undefined;
}

/** Why whoever owns the retries gives a message up; `undefined` when it is tried again. Rules go before what the failure says of itself. */
export function reasonToGiveUp(request: {
  readonly retry: RetryPlan;
  readonly failure: RuledFailure;
  /** The try that failed, from 1. */
  readonly attempt: number;
  readonly ageMs: number;
}): 'permanent' | 'attempts-exhausted' | 'too-old' | undefined {
  const { retry, failure } = request;
  const retryable = ruleOf(retry, failure)?.retryable ?? failure.work.retryable;
  if (!retryable) return 'permanent';
  if (request.attempt >= retry.attempts) return 'attempts-exhausted';
  if (retry.maxAgeMs !== undefined && request.ageMs >= retry.maxAgeMs) return 'too-old';
  return undefined;
}

/** Wait before the next try, in milliseconds. */
export function retryWaitMs(request: {
  readonly retry: RetryPlan;
  readonly failure: RuledFailure;
  readonly attempt: number;
  readonly random: Random;
}): number {
  const { retry, failure, attempt, random } = request;
  const afterMs = ruleOf(retry, failure)?.afterMs;
  return backoffMs({ retry, attempt, afterMs, retryAfterMs: failure.work.retryAfterMs, random });
}

/** The node that failed knows its target best; where it has no rule, that of the owner holds. */
function ruleOf(retry: RetryPlan, failure: RuledFailure): RetryRulePlan | undefined {
  return failure.rule ?? ruleFor(retry.rules, failure.work);
}
