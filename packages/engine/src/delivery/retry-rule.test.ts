import { describe, expect, it } from 'vitest';
import type { RetryRulePlan } from '../plan/node-plan.ts';
import { WorkError } from '../work-error.ts';
import { ruleFor } from './retry-rule.ts';

const rule = (part: Partial<RetryRulePlan>): RetryRulePlan => ({
  statuses: [],
  codes: [],
  retryable: false,
  afterMs: undefined,
  ...part,
});
const failure = (code: string, status?: number): WorkError =>
  new WorkError('no', { code, retryable: true, ...(status === undefined ? {} : { status }) });

describe('C6 rules of retry', () => {
  it('fit by a status, both ends of a range included', () => {
    const rules = [
      rule({
        statuses: [
          { from: 404, to: 410 },
          { from: 500, to: 500 },
        ],
      }),
    ];
    const fits = [403, 404, 410, 411, 500, 501].filter((status) => ruleFor(rules, failure('target-status', status)));
    expect(fits).toEqual([404, 410, 500]);
    expect(ruleFor(rules, failure('target-timeout'))).toBeUndefined();
  });

  it('fit by a code, and by both where both are named', () => {
    const both = rule({ codes: ['target-status'], statuses: [{ from: 500, to: 599 }] });
    expect(ruleFor([rule({ codes: ['a', 'b'] })], failure('b', 500))).toBeDefined();
    expect(ruleFor([both], failure('target-status', 503))).toBe(both);
    expect(ruleFor([both], failure('target-status', 404))).toBeUndefined();
    expect(ruleFor([both], failure('other', 503))).toBeUndefined();
  });

  it('are asked in order: the first that fits decides', () => {
    const first = rule({ statuses: [{ from: 503, to: 503 }], retryable: true, afterMs: 10 });
    const second = rule({ statuses: [{ from: 500, to: 599 }] });
    expect(ruleFor([first, second], failure('target-status', 503))).toBe(first);
    expect(ruleFor([first, second], failure('target-status', 500))).toBe(second);
  });
});
