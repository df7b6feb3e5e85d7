export {
  openMessageStore,
  startRuntime,
  type FailingStore,
  type Runtime,
  type RuntimeOptions,
} from './start-runtime.ts';
export { createEgressRules, EgressPolicyError, type EgressPolicy } from './egress/egress-policy.ts';
export { createIngress, INGRESS_LIMITS, type Ingress, type IngressLimits } from './ingress/create-ingress.ts';
export { HOOKS_PREFIX } from './ingress/read-address.ts';
export { PROBLEM_CONTENT_TYPE, PROBLEM_TYPES, problemBody } from './ingress/problem-body.ts';
export { isDiskSilent } from './disk/is-disk-silent.ts';
export { createBreath } from './create-breath.ts';
export { nodeDigests } from './node-digests.ts';
export { createSystemClock } from './system-clock.ts';
export { systemRandom } from './system-random.ts';
export { createTimeOrderedIds } from './time-ordered-ids.ts';
export type { HistogramSnapshot } from './duration-histogram.ts';
