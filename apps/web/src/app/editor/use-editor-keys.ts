import { useEffect } from 'react';
import type { EditorSession } from './use-editor-session.ts';

interface EditorKeysOptions {
  readonly session: EditorSession;
  readonly onDeploy: () => void;
}

/** Keys that count on the whole page. Undo in a field stays the field's own. */
export function useEditorKeys({ session, onDeploy }: EditorKeysOptions): void {
  useEffect(() => {
    const handleKeyDown = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || isDialogOpen()) return;
      const { store, saver } = session;
      switch (event.key.toLowerCase()) {
        case 'z':
          if (isField(event.target)) return;
          if (event.shiftKey) store.getState().redo();
          else store.getState().undo();
          break;
        case 'y':
          if (isField(event.target)) return;
          store.getState().redo();
          break;
        case 'a': {
          // With the focus somewhere the key is that element's: a field's text, or the canvas, which does the same.
          if (event.target !== document.body) return;
          const { document: drawn, select } = store.getState();
          select({ nodeIds: drawn.nodes.map((node) => node.id) });
          // So that the keys that follow, Delete or Escape, are about what is selected now.
          document.querySelector<HTMLElement>('[role="region"][aria-label="Canvas"]')?.focus({ preventScroll: true });
          break;
        }
        case 's':
          void saver.flush(); // the header shows how it went
          break;
        case 'enter':
          onDeploy();
          break;
        default:
          return;
      }
      event.preventDefault();
    };
    window.addEventListener('keydown', handleKeyDown);
    return () => window.removeEventListener('keydown', handleKeyDown);
  }, [session, onDeploy]);
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));
}

function isDialogOpen(): boolean {
  return document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
}
