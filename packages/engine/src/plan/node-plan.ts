import {
  DEFAULTS,
  durationMs,
  firstPort,
  portsOf,
  ratePerSecond,
  type NodeDefinition,
  type NodeDocument,
  type Retry,
  type RetryRule,
  type Work,
} from '@sluice/pipeline';
import type { WirePlan } from './wire-plan.ts';

/** How a node does its work: defaults filled in, units resolved. Times in ms, rates per second. */
export interface NodePlan {
  readonly id: string;
  readonly title: string;
  readonly document: NodeDocument;
  readonly definition: NodeDefinition;
  /** Messages worked on at once, at most. */
  readonly workers: number;
  /** Present where the number of workers follows the backlog. */
  readonly scale: ScalePlan | undefined;
  readonly timeoutMs: number;
  readonly retry: RetryPlan;
  /** Tries in place when a push wire calls: 1 unless the document says otherwise. */
  readonly triesInPlace: number;
  /** Absent on nodes that call nobody, unless the document asks for one. */
  readonly breaker: BreakerPlan | undefined;
  readonly rate: RatePlan | undefined;
  readonly concurrency: { readonly limit: number; readonly key: string } | undefined;
  readonly throttle: ThrottlePlan | undefined;
  readonly debounce: DebouncePlan | undefined;
  readonly batch: BatchPlan | undefined;
  readonly singleton: { readonly key: string | undefined; readonly mode: 'skip' | 'cancel' } | undefined;
  readonly quarantineAfter: number;
  /** Name of the port for outputs that name none; absent where there is none. */
  readonly firstPort: string | undefined;
  /** Wires out of each port, the one for what it gave up included. */
  readonly outputs: ReadonlyMap<string, readonly WirePlan[]>;
}

export interface ScalePlan {
  readonly min: number;
  /** More workers while more than so many messages wait for each. */
  readonly depth: number;
  /** More workers while the oldest has waited longer. */
  readonly ageMs: number;
}

export interface RetryPlan {
  readonly attempts: number;
  readonly backoff: 'exponential' | 'constant';
  readonly baseMs: number;
  readonly capMs: number;
  /** Waits before the second try, the third, ...; takes the place of the backoff. The last one repeats. */
  readonly scheduleMs: readonly number[] | undefined;
  /** `undefined`: no limit by age. */
  readonly maxAgeMs: number | undefined;
  /** Share of tries that may be retries; 1: no limit. */
  readonly budget: number;
  /** The first that fits a failure decides. */
  readonly rules: readonly RetryRulePlan[];
}

export interface RetryRulePlan {
  /** Ranges of statuses, both ends included. Empty: any. */
  readonly statuses: readonly { readonly from: number; readonly to: number }[];
  /** Codes of failures. Empty: any. */
  readonly codes: readonly string[];
  readonly retryable: boolean;
  /** Wait of a retry; absent: as the backoff says. */
  readonly afterMs: number | undefined;
}

export interface BreakerPlan {
  readonly failureRate: number;
  readonly windowMs: number;
  readonly minimumCalls: number;
  readonly openForMs: number;
  readonly probes: number;
}

export interface RatePlan {
  readonly perSecond: number;
  /** Tries at once after a pause. */
  readonly burst: number;
  /** Key path: one limit for each value. */
  readonly key: string | undefined;
  /** Name of a budget that all who name it share. */
  readonly budget: string | undefined;
}

export interface ThrottlePlan {
  readonly limit: number;
  readonly periodMs: number;
  readonly key: string | undefined;
}

export interface DebouncePlan {
  readonly periodMs: number;
  readonly key: string | undefined;
  readonly maxWaitMs: number;
}

export interface BatchPlan {
  readonly size: number;
  readonly bytes: number;
  readonly waitMs: number;
  readonly key: string | undefined;
}

/** Workers of a node, at most. */
export function workersOf(node: NodeDocument, definition: NodeDefinition): number {
  const workers = node.work?.workers;
  if (typeof workers === 'object') return workers.max;
  return workers ?? (definition.callsOut ? DEFAULTS.workersCallingOut : DEFAULTS.workers);
}

export function planNode(request: {
  readonly node: NodeDocument;
  readonly definition: NodeDefinition;
  readonly wires: readonly WirePlan[];
}): NodePlan {
  const { node, definition } = request;
  const { work } = node;
  const outputs = new Map<string, WirePlan[]>();
  for (const port of portsOf(definition, node.config)) outputs.set(port.name, []);
  for (const wire of request.wires) if (wire.from === node.id) outputs.get(wire.port)?.push(wire);
  return {
    id: node.id,
    title: node.title ?? node.id,
    document: node,
    definition,
    workers: workersOf(node, definition),
    scale: planScale(work?.workers),
    timeoutMs: optionalMs(work?.timeout) ?? (definition.callsOut ? DEFAULTS.timeoutCallingOutMs : DEFAULTS.timeoutMs),
    retry: planRetry(work?.retry),
    triesInPlace: work?.retry?.attempts ?? (work?.retry?.schedule === undefined ? 1 : work.retry.schedule.length + 1),
    breaker: planBreaker(work?.breaker, definition.callsOut),
    rate: planRate(work?.rateLimit),
    concurrency: work?.concurrency,
    throttle:
      work?.throttle === undefined
        ? undefined
        : { limit: work.throttle.limit, periodMs: durationMs(work.throttle.period), key: work.throttle.key },
    debounce: planDebounce(work?.debounce),
    batch:
      work?.batch === undefined
        ? undefined
        : {
            size: work.batch.size,
            bytes: work.batch.bytes ?? DEFAULTS.batch.bytes,
            waitMs: optionalMs(work.batch.wait) ?? DEFAULTS.batch.waitMs,
            key: work.batch.key,
          },
    singleton: work?.singleton === undefined ? undefined : { key: work.singleton.key, mode: work.singleton.mode },
    quarantineAfter: work?.quarantineAfter ?? DEFAULTS.quarantineAfter,
    firstPort: firstPort(definition, node.config)?.name,
    outputs,
  };
}

function planScale(workers: Work['workers']): ScalePlan | undefined {
  if (typeof workers !== 'object') return undefined;
  return {
    min: workers.min ?? DEFAULTS.scale.min,
    depth: workers.depth ?? DEFAULTS.scale.depth,
    ageMs: optionalMs(workers.age) ?? DEFAULTS.scale.ageMs,
  };
}

function planRetry(retry: Retry | undefined): RetryPlan {
  const scheduleMs = retry?.schedule?.map(durationMs);
  return {
    attempts: retry?.attempts ?? (scheduleMs === undefined ? DEFAULTS.retry.attempts : scheduleMs.length + 1),
    backoff: retry?.backoff ?? 'exponential',
    baseMs: optionalMs(retry?.base) ?? DEFAULTS.retry.baseMs,
    capMs: optionalMs(retry?.cap) ?? DEFAULTS.retry.capMs,
    scheduleMs,
    maxAgeMs: optionalMs(retry?.maxAge),
    budget: retry?.budget ?? DEFAULTS.retry.budget,
    rules: (retry?.rules ?? []).map(planRule),
  };
}

function planRule(rule: RetryRule): RetryRulePlan {
  return {
    statuses: (rule.status ?? []).map(statusRange),
    codes: rule.code ?? [],
    retryable: rule.action === 'retry',
    afterMs: optionalMs(rule.after),
  };
}

/** `404`, `500-504` or `5xx`, as the schema has accepted it. */
function statusRange(pattern: string): { readonly from: number; readonly to: number } {
  if (pattern.endsWith('xx')) return { from: Number(pattern[0]) * 100, to: Number(pattern[0]) * 100 + 99 };
  const [from = '', to = from] = pattern.split('-');
  return { from: Number(from), to: Number(to) };
}

function planBreaker(breaker: Work['breaker'], callsOut: boolean): BreakerPlan | undefined {
  if (breaker === undefined && !callsOut) return undefined;
  return {
    failureRate: breaker?.failureRate ?? DEFAULTS.breaker.failureRate,
    windowMs: optionalMs(breaker?.window) ?? DEFAULTS.breaker.windowMs,
    minimumCalls: breaker?.minimumCalls ?? DEFAULTS.breaker.minimumCalls,
    openForMs: optionalMs(breaker?.openFor) ?? DEFAULTS.breaker.openForMs,
    probes: breaker?.probes ?? DEFAULTS.breaker.probes,
  };
}

function planRate(limit: Work['rateLimit']): RatePlan | undefined {
  if (limit === undefined) return undefined;
  const settings = typeof limit === 'string' ? { rate: limit } : limit;
  const perSecond = ratePerSecond(settings.rate);
  return {
    perSecond,
    burst: settings.burst ?? Math.max(1, perSecond),
    key: settings.key,
    budget: settings.budget,
  };
}

function planDebounce(debounce: Work['debounce']): DebouncePlan | undefined {
  if (debounce === undefined) return undefined;
  const periodMs = durationMs(debounce.period);
  return {
    periodMs,
    key: debounce.key,
    maxWaitMs: optionalMs(debounce.maxWait) ?? periodMs * DEFAULTS.debouncePeriods,
  };
}

function optionalMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationMs(text);
}
