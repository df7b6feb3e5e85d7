import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { Pipeline } from '@sluice/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { pipelineRequests } from '../../lib/api/pipeline-requests.ts';
import { createCanvasStore, type CanvasStore } from '../../lib/draft/canvas-store.ts';
import { createDraftSaver, type DraftSaver } from '../../lib/draft/draft-saver.ts';
import { resumeDraft, storeDraftSession } from '../../lib/draft/draft-session.ts';

export interface EditorSession {
  readonly store: CanvasStore;
  readonly saver: DraftSaver;
}

const STORE_DELAY_MS = 300;

/** The editing of one pipeline while its page is open, resumed from this tab's last visit where that fits. */
export function useEditorSession(pipeline: Pipeline, address: string): EditorSession {
  const client = useQueryClient();
  const [session] = useState<EditorSession>(() => {
    const resumed = resumeDraft(window.sessionStorage, pipeline.id, pipeline);
    const store = createCanvasStore({
      catalogue: nodeCatalogue,
      document: resumed.kind === 'resumed' ? resumed.session.document : pipeline.document,
      ...(resumed.kind === 'resumed' ? { history: resumed.session.history } : {}),
    });
    const saver = createDraftSaver({
      store,
      revision: resumed.kind === 'resumed' ? resumed.session.revision : pipeline.revision,
      unsaved: resumed.kind === 'resumed' && resumed.unsaved,
      save: (document, options) => pipelineRequests.save(pipeline.id, document, options),
      onSaved: (saved) => client.setQueryData(['pipeline', address], saved),
    });
    return { store, saver };
  });

  useEffect(() => session.saver.start(), [session]);
  useEffect(() => {
    const { store, saver } = session;
    const keep = (): void => {
      const { document, history } = store.getState();
      storeDraftSession(window.sessionStorage, pipeline.id, { revision: saver.revision(), document, history });
    };
    let timer: number | undefined;
    const keepSoon = (): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(keep, STORE_DELAY_MS);
    };
    const handleLeave = (): void => {
      keep();
      void saver.flush(); // what does not get through is kept in the tab and saved after the reload
    };
    const stopStore = store.subscribe((now, before) => {
      if (now.document !== before.document || now.history !== before.history) keepSoon();
    });
    const stopSaver = saver.state.subscribe(keepSoon);
    window.addEventListener('pagehide', handleLeave);
    return () => {
      stopStore();
      stopSaver();
      window.clearTimeout(timer);
      window.removeEventListener('pagehide', handleLeave);
      handleLeave();
    };
  }, [session, pipeline.id]);

  return session;
}
