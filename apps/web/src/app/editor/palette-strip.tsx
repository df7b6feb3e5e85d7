import { ActionIcon, Tooltip } from '@mantine/core';
import { IconLayoutSidebarLeftExpand } from '@tabler/icons-react';

export function PaletteStrip({ onExpand }: { readonly onExpand: () => void }) {
  return (
    <Tooltip label="Show palette" position="right">
      <ActionIcon variant="subtle" color="gray" size={28} m={8} aria-label="Show palette" onClick={onExpand}>
        <IconLayoutSidebarLeftExpand size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
