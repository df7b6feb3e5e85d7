import { DEFAULTS } from '../defaults.ts';
import { durationMs } from '../duration.ts';
import type { Finding } from '../finding.ts';
import type { Retry } from '../work-schema.ts';
import { nodeFinding, type CheckContext } from './check-context.ts';

/** Settings of `work.retry` that cancel each other out: the waits that were meant are not the waits that come. */
export function checkRetry({ nodes }: CheckContext): readonly Finding[] {
  return [...nodes.values()].flatMap((placed) => {
    const { retry } = placed.node.work ?? {};
    if (retry === undefined) return [];
    return clashes(retry).map(({ setting, code = 'setting-without-effect', message }) =>
      nodeFinding(placed, ['work', 'retry', setting], { severity: 'warning', code, message }),
    );
  });
}

interface Clash {
  readonly setting: keyof Retry;
  readonly code?: string;
  readonly message: string;
}

function clashes(retry: Retry): readonly Clash[] {
  if (retry.schedule !== undefined) {
    const waits = retry.schedule.length;
    return [
      ...(['backoff', 'base', 'cap'] as const)
        .filter((setting) => retry[setting] !== undefined)
        .map((setting) => ({
          setting,
          message: `{path} has no effect: \`schedule\` says every wait. Remove it, or the schedule.`,
        })),
      ...(retry.attempts !== undefined && retry.attempts <= waits
        ? [
            {
              setting: 'schedule' as const,
              message: `{path} has ${waits} waits, but ${retry.attempts} attempts come to ${retry.attempts - 1}: the last are never used. Raise \`attempts\` to ${waits + 1}, or shorten the schedule.`,
            },
          ]
        : []),
    ];
  }
  if (retry.backoff === 'constant') {
    return retry.cap === undefined
      ? []
      : [
          {
            setting: 'cap',
            message: '{path} has no effect: with `backoff: constant` every wait is `base`. Remove it.',
          },
        ];
  }
  const capMs = retry.cap === undefined ? DEFAULTS.retry.capMs : durationMs(retry.cap);
  if (retry.base === undefined || durationMs(retry.base) <= capMs) return [];
  return [
    {
      setting: 'base',
      code: 'base-above-cap',
      message: `{path} is longer than the longest wait, ${retry.cap ?? `5m where \`cap\` says nothing`}, so no wait doubles. Raise \`cap\`, or lower the base.`,
    },
  ];
}
