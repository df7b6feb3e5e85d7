import type { Verdict } from '@sluice/protocol';
import {
  IconAlertTriangleFilled,
  IconCircle,
  IconCircleCheckFilled,
  IconHourglassHigh,
  IconPlayerPauseFilled,
  IconPlayerStopFilled,
} from '@tabler/icons-react';

const MARKS = {
  flowing: { Icon: IconCircleCheckFilled, color: 'var(--state-ok)', word: 'Flowing' },
  idle: { Icon: IconCircle, color: 'var(--state-paused)', word: 'Idle' },
  limited: { Icon: IconHourglassHigh, color: 'var(--state-waiting)', word: 'Limited' },
  stuck: { Icon: IconAlertTriangleFilled, color: 'var(--state-failing)', word: 'Stuck' },
  paused: { Icon: IconPlayerPauseFilled, color: 'var(--state-paused)', word: 'Paused' },
  stopped: { Icon: IconPlayerStopFilled, color: 'var(--state-paused)', word: 'Stopped' },
} as const;

/** Shape and colour of a verdict; the sentence stands beside it. */
export function VerdictMark({ kind, size = 16 }: { readonly kind: Verdict['kind']; readonly size?: number }) {
  const { Icon, color, word } = MARKS[kind];
  return <Icon size={size} color={color} aria-label={word} role="img" style={{ flexShrink: 0 }} />;
}
