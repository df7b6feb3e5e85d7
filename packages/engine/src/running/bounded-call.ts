import { createCancel } from '../delivery/cancel.ts';
import type { Clock } from '../ports/clock.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import { WorkError } from '../work-error.ts';

/**
 * Calls something that may answer at once, take long, throw or never answer. What does not answer at once is waited for
 * until it does, the time is up or `signal` is given, whichever comes first; the call is told by its own signal. Given
 * already: nothing is called. Throws at once what goes wrong at once.
 */
export function boundedCall<Result>(request: {
  readonly clock: Clock;
  readonly signal: CancelSignal;
  readonly timeoutMs: number;
  readonly onTimeout: () => WorkError;
  readonly call: (signal: CancelSignal) => Result | Promise<Result>;
}): Result | Promise<Result> {
  const { clock, signal, timeoutMs } = request;
  if (signal.cancelled) throw cancelledError();
  const cancel = createCancel(signal);
  let answer: Result | Promise<Result>;
  try {
    answer = request.call(cancel.signal);
  } catch (error) {
    cancel.detach();
    throw error;
  }
  if (!(answer instanceof Promise)) {
    cancel.detach();
    return answer;
  }
  const waiting = answer;
  return new Promise<Result>((resolve, reject) => {
    const timer = clock.setTimer(timeoutMs, () => {
      reject(request.onTimeout());
      cancel.cancel();
      cancel.detach();
    });
    const stop = cancel.signal.onCancel(() => reject(cancelledError()));
    const over = (): void => {
      clock.clearTimer(timer);
      stop();
      cancel.detach();
    };
    waiting.then(
      (result) => {
        over();
        resolve(result);
      },
      (error: unknown) => {
        over();
        reject(error);
      },
    );
  });
}

function cancelledError(): WorkError {
  return new WorkError('The engine is stopping', { code: 'cancelled', retryable: true });
}
