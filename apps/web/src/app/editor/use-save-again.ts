import { useEffect } from 'react';
import type { DraftSaver } from '../../lib/draft/draft-saver.ts';
import { useConnectionKind } from '../../lib/live/live-context.tsx';

/** A draft that could not be saved is saved when the server is back. */
export function useSaveAgain(saver: DraftSaver): void {
  const kind = useConnectionKind();
  useEffect(() => {
    if (kind === 'connected' && saver.state.getState().kind === 'failed') void saver.retry(); // the header shows how it went
  }, [kind, saver]);
}
