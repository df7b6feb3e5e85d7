import { createCancel } from '../delivery/cancel.ts';
import type { Clock } from '../ports/clock.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import { WorkError } from '../work-error.ts';

/**
 * Calls something that may take long, throw at once or never answer. The promise settles when it does, when the time is
 * up or when `signal` is given, whichever comes first; the call is told by its own signal. Given already: nothing is called.
 */
export function boundedCall<Result>(request: {
  readonly clock: Clock;
  readonly signal: CancelSignal;
  readonly timeoutMs: number;
  readonly onTimeout: () => WorkError;
  readonly call: (signal: CancelSignal) => Promise<Result>;
}): Promise<Result> {
  const { clock, signal, timeoutMs } = request;
  if (signal.cancelled) return Promise.reject(cancelledError());
  const cancel = createCancel(signal);
  return new Promise<Result>((resolve, reject) => {
    const timer = clock.setTimer(timeoutMs, () => {
      reject(request.onTimeout());
      cancel.cancel();
      cancel.detach();
    });
    const stop = cancel.signal.onCancel(() => reject(cancelledError()));
    const call = async (): Promise<Result> => request.call(cancel.signal);
    void call()
      .then(resolve, reject)
      .finally(() => {
        clock.clearTimer(timer);
        stop();
        cancel.detach();
      });
  });
}

function cancelledError(): WorkError {
  return new WorkError('The engine is stopping', { code: 'cancelled', retryable: true });
}
