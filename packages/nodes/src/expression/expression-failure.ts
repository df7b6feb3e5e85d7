import { WorkError } from '@sluice/engine';
import { ExpressionLimitError, ExpressionTimeError } from './limits.ts';
import { placeIn } from './place-in.ts';
import { NotDataError } from './to-json.ts';

/** Nobody waits for the evaluation any more. */
export class EvaluationCancelledError extends Error {
  override readonly name = 'EvaluationCancelledError';
  readonly code = 'expression-cancelled';
}

const MESSAGE_LENGTH_MAX = 300;

/** Codes of the evaluator that tell of a bound: depth, recursion of the parser, length of a range or sequence. */
const LIMIT_CODES = new Set(['D1011', 'D2014', 'D2015']);
const TIMEOUT_CODE = 'D1012';
/** `$error` and `$assert`: the author of the expression speaks. */
const RAISED_CODES = new Set(['D3137', 'D3141']);

/**
 * What the engine makes of a failed evaluation. The same input would fail again, so everything is permanent except
 * running out of wall time, which a busy machine can cause. Running out of its own running time is permanent.
 */
export function expressionFailure(error: unknown, text: string): WorkError {
  const { code, message, position } = describe(error);
  const place = position === undefined ? '' : ` ${placeIn(text, position)}`;
  const sentence = `${message.slice(0, MESSAGE_LENGTH_MAX)}${place}`;

  if (error instanceof EvaluationCancelledError) {
    return new WorkError(sentence, { code: error.code, retryable: true });
  }
  if (code === TIMEOUT_CODE) return new WorkError(sentence, { code: 'expression-timeout', retryable: true });
  if (error instanceof ExpressionTimeError) return new WorkError(sentence, { code: error.code, retryable: false });
  if (error instanceof NotDataError) return new WorkError(sentence, { code: error.code, retryable: false });
  if (error instanceof ExpressionLimitError || error instanceof RangeError || LIMIT_CODES.has(code)) {
    return new WorkError(sentence, { code: 'expression-limit', retryable: false });
  }
  const raised = RAISED_CODES.has(code);
  return new WorkError(sentence, { code: raised ? 'expression-raised' : 'expression-failed', retryable: false });
}

/** The evaluator throws plain objects as well as errors. */
function describe(error: unknown): { code: string; message: string; position: number | undefined } {
  const { code, message, position } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly position?: unknown;
  };
  return {
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' && message !== '' ? message : 'the expression failed',
    position: typeof position === 'number' ? position : undefined,
  };
}
