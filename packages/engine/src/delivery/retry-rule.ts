import type { RetryRulePlan } from '../plan/node-plan.ts';
import type { WorkError } from '../work-error.ts';

/** The first rule that fits a failure: by the status of the answer, by the code, or by both where it names both. */
export function ruleFor(rules: readonly RetryRulePlan[], failure: WorkError): RetryRulePlan | undefined {
  const { status, code } = failure;
  return rules.find(
    ({ statuses, codes }) =>
      (statuses.length === 0 ||
        (status !== undefined && statuses.some(({ from, to }) => status >= from && status <= to))) &&
      (codes.length === 0 || codes.includes(code)),
  );
}
