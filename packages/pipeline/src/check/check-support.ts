import type { Finding } from '../finding.ts';
import type { CheckContext } from './check-context.ts';

/** Sections that the format knows and the engine does not act on yet are refused, rather than ignored. */
export function checkSupport({ document }: CheckContext): readonly Finding[] {
  return (['limits'] as const).flatMap((section) =>
    document[section] === undefined
      ? []
      : [
          {
            severity: 'error',
            code: 'not-supported',
            message: `\`${section}\` is not supported yet. Remove it.`,
            path: `/${section}`,
          } as const,
        ],
  );
}
