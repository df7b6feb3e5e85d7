import { WorkError, type Clock, type HttpAnswer, type HttpCall, type HttpConnector } from '@sluice/engine';

/** What a target does with one call. */
export interface Reaction {
  /** 200 unless something else is said; 0: nobody answers. */
  readonly status?: number;
  readonly afterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The effect took place although the answer is a failure. */
  readonly effect?: boolean;
}

export interface AskedCall {
  readonly url: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies that they wrote themselves
  readonly body: any;
  /** 1 on the first call with this message id. */
  readonly nth: number;
  /** ms on the world's clock. */
  readonly at: number;
}

export interface SeenCall {
  /** ms on the world's clock. */
  readonly at: number;
  readonly url: string;
  /** The message's id. */
  readonly id: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies that they wrote themselves
  readonly body: any;
  readonly status: number;
}

/** A target that does what the test says, call by call. A call that is cancelled before its time has no effect. */
export interface ScriptedTarget {
  readonly connect: (clock: Clock) => HttpConnector;
  /** Calls whose time came, in order, with what they were answered. */
  readonly calls: readonly SeenCall[];
  /** Calls that had an effect. */
  readonly effects: readonly SeenCall[];
  underWay(): number;
  most(): number;
}

export function scriptedTarget(react: (call: AskedCall) => Reaction = () => ({})): ScriptedTarget {
  const calls: SeenCall[] = [];
  const effects: SeenCall[] = [];
  const tries = new Map<string, number>();
  let underWay = 0;
  let most = 0;

  const answerOf = (seen: SeenCall, reaction: Reaction): HttpAnswer => {
    calls.push(seen);
    if (reaction.effect ?? (seen.status > 0 && seen.status < 300)) effects.push(seen);
    if (seen.status === 0) {
      throw new WorkError('nobody answers', { code: 'target-unreachable', retryable: true, targetFailed: true });
    }
    return { status: seen.status, headers: reaction.headers ?? {}, body: '{}', truncated: false };
  };

  const connect = (clock: Clock): HttpConnector => ({
    call: (call: HttpCall) =>
      new Promise((resolve, reject) => {
        const id = call.headers['idempotency-key'] ?? '';
        const body: unknown = JSON.parse(call.body ?? 'null');
        const key = `${call.url} ${id}`;
        const nth = (tries.get(key) ?? 0) + 1;
        tries.set(key, nth);
        const reaction = react({ url: call.url, body, nth, at: clock.monotonicMs() });
        underWay += 1;
        most = Math.max(most, underWay);
        clock.setTimer(reaction.afterMs ?? 1, () => {
          underWay -= 1;
          if (call.signal.cancelled) {
            reject(new WorkError('given up', { code: 'target-timeout', retryable: true, targetFailed: true }));
            return;
          }
          try {
            const status = reaction.status ?? 200;
            resolve(answerOf({ at: clock.monotonicMs(), url: call.url, id, body, status }, reaction));
          } catch (error) {
            reject(error);
          }
        });
      }),
  });
  return { connect, calls, effects, underWay: () => underWay, most: () => most };
}
