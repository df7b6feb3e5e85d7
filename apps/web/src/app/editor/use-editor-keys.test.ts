import { nodeCatalogue } from '@sluice/nodes/definitions';
import { fireEvent, renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { createCanvasStore } from '../../lib/draft/canvas-store.ts';
import { createDraftSaver } from '../../lib/draft/draft-saver.ts';
import { useEditorKeys } from './use-editor-keys.ts';

function openPage() {
  const store = createCanvasStore({
    catalogue: nodeCatalogue,
    document: {
      format: 'sluice/v1',
      name: 'orders',
      nodes: [
        { id: 'in', type: 'webhook' },
        { id: 'ship', type: 'log' },
      ],
      wires: [],
    },
  });
  const saver = createDraftSaver({ store, revision: 1, save: vi.fn<() => Promise<never>>(), onSaved: () => undefined });
  const { unmount } = renderHook(() => useEditorKeys({ session: { store, saver }, onDeploy: () => undefined }));
  return { store, unmount };
}

test('Ctrl+A with nothing focused selects all nodes instead of the text of the page, and goes on in the canvas', () => {
  const { store, unmount } = openPage();
  const canvas = document.body.appendChild(document.createElement('div'));
  canvas.tabIndex = -1;
  canvas.setAttribute('role', 'region');
  canvas.setAttribute('aria-label', 'Canvas');
  const wasLeftToTheBrowser = fireEvent.keyDown(document.body, { key: 'a', ctrlKey: true });
  expect(document.activeElement).toBe(canvas);
  canvas.remove();
  expect(wasLeftToTheBrowser).toBe(false);
  expect(store.getState().selection.nodeIds).toEqual(['in', 'ship']);
  unmount();
});

test('Ctrl+A in a field stays the field’s own', () => {
  const { store, unmount } = openPage();
  const field = document.body.appendChild(document.createElement('input'));
  const wasLeftToTheBrowser = fireEvent.keyDown(field, { key: 'a', ctrlKey: true });
  field.remove();
  expect(wasLeftToTheBrowser).toBe(true);
  expect(store.getState().selection.nodeIds).toEqual([]);
  unmount();
});
