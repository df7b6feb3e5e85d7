import { DEFAULTS } from '../defaults.ts';
import type { Finding } from '../finding.ts';
import type { CheckContext } from './check-context.ts';

/** Bounds of the pipeline as a whole that another one is reached before. */
export function checkLimits({ document }: CheckContext): readonly Finding[] {
  const { limits } = document;
  if (limits?.deadLetterBytes === undefined) return [];
  const bytes = limits.bytes ?? DEFAULTS.limits.bytes;
  if (limits.deadLetterBytes <= bytes) return [];
  return [
    {
      severity: 'warning',
      code: 'limit-never-reached',
      message: `\`limits.deadLetterBytes\` is more than \`limits.bytes\` (${bytes}), which dead letters count towards: the pipeline is full before. Lower the one or raise the other.`,
      path: '/limits/deadLetterBytes',
    },
  ];
}
