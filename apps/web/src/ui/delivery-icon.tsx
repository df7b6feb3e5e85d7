import type { Delivery } from '@sluice/pipeline';
import { IconArrowBigRight, IconCylinder, IconListNumbers } from '@tabler/icons-react';

const ICONS = { push: IconArrowBigRight, pull: IconCylinder, event: IconListNumbers } as const;

/** Push is an arrow, pull a tank, event a numbered log. */
export function DeliveryIcon({ delivery, size = 14 }: { readonly delivery: Delivery; readonly size?: number }) {
  const Shape = ICONS[delivery];
  return <Shape size={size} stroke={2} color={`var(--${delivery})`} aria-hidden style={{ flexShrink: 0 }} />;
}
