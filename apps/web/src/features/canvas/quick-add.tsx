import { Combobox, Popover, TextInput, useCombobox } from '@mantine/core';
import { useReactFlow } from '@xyflow/react';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useMemo, useState, type RefObject } from 'react';
import { useCanvasStore, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import { NodeIcon } from '../../ui/node-icon.tsx';
import { findNodeTypes } from './find-node-types.ts';
import { focusElement } from './focus-element.ts';
import { freePlace } from './free-place.ts';

export interface QuickAddPlace {
  /** Where on the screen. */
  readonly x: number;
  readonly y: number;
  /** Opened by keyboard at this node: the new one goes to its right. */
  readonly beside?: string;
  /** The port whose wire was dropped here: only what can take it is offered, and it is wired. */
  readonly from?: { readonly nodeId: string; readonly port: string | null };
}

/** The field is there before the next key is: whoever types on loses nothing. */
const IMMEDIATE = { duration: 0 };

interface QuickAddProps {
  readonly place: QuickAddPlace;
  readonly onClose: () => void;
  readonly container: RefObject<HTMLDivElement | null>;
}

/** Search at the pointer: type, arrows, Enter. */
export function QuickAdd({ place, onClose, container }: QuickAddProps) {
  const store = useCanvasStore();
  const catalogue = useCatalogue();
  const { screenToFlowPosition } = useReactFlow();
  const [search, setSearch] = useState('');
  const combobox = useCombobox({ opened: true });
  const found = useMemo(
    () =>
      findNodeTypes(catalogue, search).filter((definition) => place.from === undefined || definition.role !== 'source'),
    [catalogue, search, place.from],
  );
  const { selectFirstOption } = combobox;
  useEffect(() => {
    selectFirstOption();
  }, [found, selectFirstOption]);

  const handleAdd = (type: string): void => {
    const { x, y } = screenToFlowPosition({ x: place.x, y: place.y });
    const { document, addNode, addNodeAfter } = store.getState();
    const id =
      place.from === undefined
        ? addNode(type, freePlace(document, place.beside ?? null, [x - 20, y - 30]))
        : addNodeAfter(type, freePlace(document, null, [x, y - 36]), place.from);
    onClose();
    focusElement(container.current, { kind: 'node', id });
  };
  const handleClose = (): void => {
    onClose();
    container.current?.focus({ preventScroll: true });
  };

  return (
    <Popover
      opened
      onChange={(opened) => !opened && handleClose()}
      position="bottom-start"
      trapFocus
      width={300}
      withinPortal={false}
      // The target is a point on the canvas, which cannot be said to be expanded.
      withRoles={false}
      shadow="lg"
      transitionProps={IMMEDIATE}
    >
      <Popover.Target>
        <span style={{ position: 'fixed', left: place.x, top: place.y, width: 1, height: 1 }} />
      </Popover.Target>
      <Popover.Dropdown p={8} role="dialog" aria-label="Add node">
        <Combobox store={combobox} onOptionSubmit={handleAdd} withinPortal={false}>
          <Combobox.EventsTarget>
            <TextInput
              data-autofocus
              autoFocus
              size="xs"
              aria-label={place.from === undefined ? 'Search nodes to add' : 'Search nodes to add and wire'}
              placeholder={place.from === undefined ? 'Add node' : 'Add node and wire it'}
              leftSection={<IconSearch size={14} />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Escape') handleClose();
              }}
            />
          </Combobox.EventsTarget>
          <Combobox.Options mt={6} mah={360} style={{ overflowY: 'auto' }} aria-label="Node types" tabIndex={0}>
            {found.map((definition) => (
              <Combobox.Option key={definition.type} value={definition.type} px={8} py={6}>
                <span style={{ display: 'flex', gap: 8, alignItems: 'center' }}>
                  <NodeIcon name={definition.icon} />
                  <span style={{ flex: 1 }}>{definition.title}</span>
                  <small>{definition.group}</small>
                </span>
              </Combobox.Option>
            ))}
            {found.length === 0 && <Combobox.Empty>No node matches</Combobox.Empty>}
          </Combobox.Options>
        </Combobox>
      </Popover.Dropdown>
    </Popover>
  );
}
