import {
  IconBox,
  IconBroadcast,
  IconCalendarTime,
  IconCloudDownload,
  IconFileText,
  IconFilter,
  IconRss,
  IconSend,
  IconTransform,
  IconWaveSine,
  IconWebhook,
  type Icon,
} from '@tabler/icons-react';

/** Icons that node definitions name. Only these are bundled; a type with another name gets the box. */
const ICONS: Readonly<Record<string, Icon>> = {
  broadcast: IconBroadcast,
  'calendar-time': IconCalendarTime,
  'cloud-download': IconCloudDownload,
  'file-text': IconFileText,
  filter: IconFilter,
  rss: IconRss,
  send: IconSend,
  transform: IconTransform,
  'wave-sine': IconWaveSine,
  webhook: IconWebhook,
};

export function NodeIcon({ name, size = 16 }: { readonly name: string | undefined; readonly size?: number }) {
  const Shape = ICONS[name ?? ''] ?? IconBox;
  return <Shape size={size} stroke={1.75} aria-hidden />;
}
