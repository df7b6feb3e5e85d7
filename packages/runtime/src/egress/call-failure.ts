import { WorkError } from '@sluice/engine';

/** The call is not made: the address may not be called. No retry changes that. */
export function blocked(host: string, reason: string): WorkError {
  return new WorkError(`The target ${host} may not be called: ${reason}`, { code: 'egress-blocked', retryable: false });
}

/** The call cannot be made as it is. */
export function invalidCall(complaint: string): WorkError {
  return new WorkError(`The call cannot be made: ${complaint}`, { code: 'call-invalid', retryable: false });
}

export function timedOut(host: string, phase: string, ms: number): WorkError {
  return new WorkError(`The target ${host} took longer than ${ms} ms ${phase}`, {
    code: 'target-timeout',
    retryable: true,
    targetFailed: true,
  });
}

export function cancelled(): WorkError {
  return new WorkError('The call was given up', { code: 'cancelled', retryable: true });
}

/** The answer came but cannot be read. What the target did is not known. */
export function brokenAnswer(host: string, cause: unknown): WorkError {
  return new WorkError(`The answer of ${host} cannot be read (${nameOf(cause)})`, {
    code: 'target-broken-answer',
    retryable: true,
    targetFailed: true,
    cause,
  });
}

/** Names the cause by its code only: its words can hold addresses of our own network. */
export function unreachable(host: string, cause: unknown): WorkError {
  return new WorkError(`The target ${host} could not be reached (${nameOf(cause)})`, {
    code: 'target-unreachable',
    retryable: true,
    targetFailed: true,
    cause,
  });
}

function nameOf(cause: unknown): string {
  const { code, errors, name } = (typeof cause === 'object' && cause !== null ? cause : {}) as {
    readonly code?: unknown;
    readonly errors?: readonly unknown[];
    readonly name?: unknown;
  };
  if (typeof code === 'string' && code !== '') return code;
  // Several addresses were tried: the first failure stands for all.
  if (Array.isArray(errors) && errors.length > 0) return nameOf(errors[0]);
  return typeof name === 'string' ? name : 'unknown cause';
}
