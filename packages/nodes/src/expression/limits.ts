/**
 * Bounds of one evaluation. They exist because an expression runs on the thread that serves everybody: whatever it is
 * given, it must end soon and must not fill the memory.
 */
export const EXPRESSION_LIMITS = {
  /** In ms: of its own running where it runs in slices, else wall time. */
  timeMs: 1_000,
  /** Nested evaluations, which a recursion without tail call runs into. */
  depth: 500,
  /** Members of a sequence or range. */
  sequence: 100_000,
  /** Values in the result, and in any container that a function or constructor gives on the way. */
  values: 500_000,
  /** Characters of a text, and of all texts of the result together. */
  characters: 16 * 1_024 * 1_024,
  /** Members of all lists together that ranges and constructors make. */
  listed: 10_000_000,
  /** Characters of all texts together that functions make. */
  written: 128 * 1_024 * 1_024,
  /** Depth of the result. */
  resultDepth: 64,
  /** Program size times characters of one search by a regular expression. */
  regexWork: 50_000_000,
} as const;

/** The expression itself ran for too long: not a busy machine, so it would again. */
export class ExpressionTimeError extends Error {
  override readonly name = 'ExpressionTimeError';
  readonly code = 'expression-timeout';
}

/** A bound was reached. Thrown through the evaluator, which keeps it as it is. */
export class ExpressionLimitError extends Error {
  override readonly name = 'ExpressionLimitError';
  readonly code = 'expression-limit';
}
