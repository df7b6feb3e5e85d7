import { WorkError } from '@sluice/engine';
import { compileExpression, type Expression } from '../expression/compile-expression.ts';

/** Compiles the expression of a setting. Rejects with `expression-invalid`, naming the setting and the place. */
export async function prepareExpression(
  setting: string,
  text: string,
  variables: readonly string[] = [],
): Promise<Expression> {
  const result = await compileExpression(text, variables);
  if (result.ok) return result.expression;
  throw new WorkError(`${setting}: ${result.message}`, { code: 'expression-invalid', retryable: false });
}

/** The same for a setting that may be missing. */
export async function prepareOptionalExpression(
  setting: string,
  text: string | undefined,
  variables: readonly string[] = [],
): Promise<Expression | undefined> {
  return text === undefined ? undefined : prepareExpression(setting, text, variables);
}
