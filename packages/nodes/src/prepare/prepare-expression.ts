import { type Connectors, WorkError } from '@sluice/engine';
import { compileExpression, type Expression } from '../expression/compile-expression.ts';

/** Compiles the expression of a setting. Rejects with `expression-invalid`, naming the setting and the place. */
export async function prepareExpression(
  connectors: Pick<Connectors, 'breathe'>,
  setting: string,
  text: string,
  variables: readonly string[] = [],
): Promise<Expression> {
  const result = await compileExpression(text, variables, connectors.breathe);
  if (result.ok) return result.expression;
  throw new WorkError(`${setting}: ${result.message}`, { code: 'expression-invalid', retryable: false });
}

/** The same for a setting that may be missing. */
export async function prepareOptionalExpression(
  connectors: Pick<Connectors, 'breathe'>,
  setting: string,
  text: string | undefined,
  variables: readonly string[] = [],
): Promise<Expression | undefined> {
  return text === undefined ? undefined : prepareExpression(connectors, setting, text, variables);
}
