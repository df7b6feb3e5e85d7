import type { Finding } from '../finding.ts';
import { wireFinding, type CheckContext } from './check-context.ts';

/** Settings of wires that the format knows and the engine does not act on yet. */
const NOT_YET = ['call.spill'] as const;

/** What the format can say but the engine cannot do yet is refused, rather than ignored. */
export function checkSupport({ document, wires }: CheckContext): readonly Finding[] {
  return [
    ...wires.flatMap((placed) =>
      NOT_YET.filter((path) => valueAt(placed.wire, path) !== undefined).map((path) =>
        wireFinding(placed, path.split('.'), NOT_SUPPORTED),
      ),
    ),
    ...wires.flatMap((placed) =>
      placed.wire.delivery === 'push' && placed.wire.call?.overflow === 'spill'
        ? [wireFinding(placed, ['call', 'overflow'], NOT_SUPPORTED)]
        : [],
    ),
    ...(['limits'] as const).flatMap((section) =>
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
    ),
  ];
}

const NOT_SUPPORTED = { code: 'not-supported', message: '{path} is not supported yet. Remove it.' } as const;

function valueAt(element: unknown, path: string): unknown {
  let value: unknown = element;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}
