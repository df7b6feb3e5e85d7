import { ActionIcon, ScrollArea, TextInput, Tooltip } from '@mantine/core';
import { PALETTE_GROUPS } from '@sluice/pipeline';
import { useReactFlow } from '@xyflow/react';
import { IconLayoutSidebarLeftCollapse, IconSearch, IconX } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useCanvasStore, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import { NodeIcon } from '../../ui/node-icon.tsx';
import { findNodeTypes } from './find-node-types.ts';
import { freePlace } from './free-place.ts';
import { NODE_DRAG_TYPE } from './node-drag-type.ts';
import classes from './palette.module.css';

const GROUP_NOTES = {
  Push: 'The outside decides when',
  Pull: 'We decide when',
  Event: 'Read from a log',
  Steps: 'Change or part messages',
  Sinks: 'Where messages end up',
} as const;

/** Everything that can be added: click or Enter adds it, dragging places it. */
export function Palette({ onCollapse }: { readonly onCollapse: () => void }) {
  const store = useCanvasStore();
  const catalogue = useCatalogue();
  const flow = useReactFlow();
  const [search, setSearch] = useState('');
  const found = useMemo(() => findNodeTypes(catalogue, search), [catalogue, search]);

  const handleAdd = (type: string): void => {
    const { document, selection } = store.getState();
    const box = window.document.querySelector('.react-flow')?.getBoundingClientRect();
    const centre = flow.screenToFlowPosition({
      x: (box?.left ?? 0) + (box?.width ?? 0) / 2,
      y: (box?.top ?? 0) + (box?.height ?? 0) / 2,
    });
    store.getState().addNode(type, freePlace(document, selection.nodeIds[0] ?? null, [centre.x - 114, centre.y - 36]));
  };

  return (
    <nav className={classes['palette']} aria-label="Palette">
      <div className={classes['head']}>
        <TextInput
          size="xs"
          style={{ flex: 1 }}
          aria-label="Search node types"
          placeholder="Search nodes"
          leftSection={<IconSearch size={14} />}
          rightSection={
            search === '' ? null : (
              <ActionIcon
                variant="subtle"
                color="gray"
                size={24}
                aria-label="Clear search"
                onClick={() => setSearch('')}
              >
                <IconX size={14} />
              </ActionIcon>
            )
          }
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            const [first] = found;
            if (event.key === 'Enter' && first !== undefined) handleAdd(first.type);
          }}
        />
        <Tooltip label="Hide palette">
          <ActionIcon variant="subtle" color="gray" size={28} aria-label="Hide palette" onClick={onCollapse}>
            <IconLayoutSidebarLeftCollapse size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      <ScrollArea className={classes['list'] ?? ''} type="auto" scrollbars="y" scrollbarSize={8}>
        {found.length === 0 && <p className={classes['none']}>No node matches "{search}".</p>}
        {PALETTE_GROUPS.map((group) => {
          const members = found.filter((definition) => definition.group === group);
          if (members.length === 0) return null;
          return (
            <section key={group} aria-label={group}>
              <h2 className={classes['group']} data-group={group}>
                {group} <span>{GROUP_NOTES[group]}</span>
              </h2>
              <ul className={classes['entries']}>
                {members.map((definition) => (
                  <li key={definition.type} className={classes['entry']}>
                    <NodeIcon name={definition.icon} size={18} />
                    <div>
                      <button
                        type="button"
                        draggable
                        aria-describedby={`palette-${definition.type}`}
                        onClick={() => handleAdd(definition.type)}
                        onDragStart={(event) => {
                          event.dataTransfer.setData(NODE_DRAG_TYPE, definition.type);
                          event.dataTransfer.effectAllowed = 'copy';
                        }}
                      >
                        {definition.title}
                      </button>
                      <small id={`palette-${definition.type}`}>{definition.summary}</small>
                    </div>
                  </li>
                ))}
              </ul>
            </section>
          );
        })}
      </ScrollArea>
    </nav>
  );
}
