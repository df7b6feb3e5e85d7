import { WorkError, type Clock, type HttpAnswer, type HttpCall, type HttpConnector, type Random } from '@sluice/engine';

/** How a modelled HTTP target behaves. All targets of a simulation share it. */
export interface TargetModel {
  /** Time until it answers: uniform between the two, ms. */
  readonly latencyMs: readonly [number, number];
  /** Share of calls that it answers with 500. */
  readonly failureRate: number;
  /** Spans of virtual time, ms from the start, in which nobody answers. */
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
}

export interface ReceivedCall {
  /** ms from the start. */
  readonly at: number;
  readonly url: string;
  readonly idempotencyKey: string;
  readonly body: string;
}

/** An HTTP target on virtual time. Calls that it took are recorded, also those whose answer was a failure after the effect. */
export function createModelledTarget(parts: {
  readonly model: TargetModel;
  readonly clock: Clock;
  readonly random: Random;
}): HttpConnector & {
  readonly received: readonly ReceivedCall[];
} {
  const { model, clock, random } = parts;
  const received: ReceivedCall[] = [];
  const startedAt = clock.monotonicMs();

  const answer = (call: HttpCall): HttpAnswer => {
    const at = clock.monotonicMs() - startedAt;
    if (model.outages.some((outage) => at >= outage.fromMs && at < outage.toMs)) {
      throw new WorkError(`${call.url} does not answer`, {
        code: 'target-unreachable',
        retryable: true,
        targetFailed: true,
      });
    }
    if (random.next() < model.failureRate)
      return { status: 500, headers: {}, body: 'modelled failure', truncated: false };
    received.push({ at, url: call.url, idempotencyKey: call.headers['idempotency-key'] ?? '', body: call.body ?? '' });
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}', truncated: false };
  };

  return {
    received,
    call: (call) =>
      new Promise((resolve, reject) => {
        const [least, most] = model.latencyMs;
        clock.setTimer(least + random.next() * (most - least), () => {
          try {
            resolve(answer(call));
          } catch (error) {
            reject(error);
          }
        });
      }),
  };
}
