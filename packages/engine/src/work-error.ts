/** A failure of work on a message. Its kind decides between retry and dead letter; anything else that is thrown counts as retryable with code `unexpected`. */
export class WorkError extends Error {
  override readonly name = 'WorkError';
  /** Constant, such as `target-status`, `target-timeout`, `expression-failed`. */
  readonly code: string;
  /** False: no retry can help; dead letter at once. */
  readonly retryable: boolean;
  /** The target asks for at least this much rest; it holds for the whole target. */
  readonly retryAfterMs: number | undefined;
  /** Status of the target's answer, where there was one: rules of retry ask for it. */
  readonly status: number | undefined;
  /** True when the failure is the target's (unreachable, timeout, 5xx, 429) and so counts for its breaker. */
  readonly targetFailed: boolean;
  /**
   * Of a batch: places in the list of those that failed, from 0. The others are done, without outputs. Absent: the batch
   * failed as a whole.
   */
  readonly failedMembers: readonly number[] | undefined;

  constructor(
    message: string,
    options: {
      readonly code: string;
      readonly retryable: boolean;
      readonly retryAfterMs?: number;
      readonly status?: number;
      readonly targetFailed?: boolean;
      readonly failedMembers?: readonly number[];
      readonly cause?: unknown;
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
    this.targetFailed = options.targetFailed ?? false;
    this.failedMembers = options.failedMembers;
  }
}
