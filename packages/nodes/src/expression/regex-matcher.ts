import { RE2JS } from 're2js';
import { EXPRESSION_LIMITS, ExpressionLimitError } from './limits.ts';

/** What the evaluator expects of a matcher: a match, or nothing. */
interface Match {
  readonly match: string;
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | null)[];
  next(): Match | undefined;
}

export type RegexMatcher = (text: unknown, from?: unknown) => Match | undefined;

/**
 * A regular expression of linear time. The language's own engine backtracks: `/^(a+)+$/` on thirty characters holds the
 * thread for minutes, and no time limit reaches into it.
 */
export type LinearRegex = RE2JS;

export function compileRegex(
  regex: RegExp,
): { readonly ok: true; readonly regex: LinearRegex } | { readonly ok: false; readonly message: string } {
  const flags = (regex.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (regex.multiline ? RE2JS.MULTILINE : 0);
  try {
    return { ok: true, regex: RE2JS.compile(RE2JS.translateRegExp(regex.source), flags) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `the regular expression /${regex.source}/ is not supported: ${reason}` };
  }
}

/**
 * Binds a regular expression to one evaluation. Each search is bounded by work, and all searches together by time:
 * finding every match can take quadratic time even with a linear engine.
 */
export function createMatcher(regex: LinearRegex, checkTime: () => void): RegexMatcher {
  const size = regex.programSize();

  function match(text: unknown, from: unknown = 0): Match | undefined {
    if (typeof text !== 'string') throw new TypeError('a regular expression is matched against a text');
    const start = typeof from === 'number' ? from : 0;
    checkTime();
    if ((text.length - start) * size > EXPRESSION_LIMITS.regexWork) {
      throw new ExpressionLimitError('the text is too long for this regular expression');
    }
    const matcher = regex.matcher(text);
    if (!matcher.find(start)) return undefined;

    const end = matcher.end();
    const groups = Array.from({ length: matcher.groupCount() }, (_, index) => matcher.group(index + 1));
    return {
      match: matcher.group() ?? '',
      start: matcher.start(),
      end,
      groups,
      next: () => nextMatch(text, end),
    };
  }

  function nextMatch(text: string, from: number): Match | undefined {
    if (from >= text.length) return undefined;
    const next = match(text, from);
    if (next !== undefined && next.match === '') {
      throw new ExpressionLimitError('the regular expression matches the empty text, so its search would never end');
    }
    return next;
  }

  return match;
}
