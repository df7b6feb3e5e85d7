import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { PipelineDocument } from '@sluice/pipeline';
import { beforeEach, describe, expect, test } from 'vitest';
import { createCanvasStore } from './canvas-store.ts';
import { resumeDraft, storeDraftSession } from './draft-session.ts';

const DRAFT: PipelineDocument = { format: 'sluice/v1', name: 'orders', nodes: [], wires: [], layout: {} };

beforeEach(() => window.sessionStorage.clear());

function edited() {
  const store = createCanvasStore({ catalogue: nodeCatalogue, document: DRAFT });
  store.getState().addNode('webhook', [0, 0]);
  return store.getState();
}

describe('after a reload', () => {
  test('undo goes on where the server has what was drawn', () => {
    const { document, history } = edited();
    storeDraftSession(window.sessionStorage, 'p1', { revision: 1, document, history });
    const resumed = resumeDraft(window.sessionStorage, 'p1', { revision: 2, document });
    expect(resumed).toMatchObject({ kind: 'resumed', unsaved: false, session: { revision: 2 } });
    if (resumed.kind !== 'resumed') throw new Error('not resumed');
    const store = createCanvasStore({
      catalogue: nodeCatalogue,
      document: resumed.session.document,
      history: resumed.session.history,
    });
    store.getState().undo();
    expect(store.getState().document).toEqual(DRAFT);
  });

  test('edits that did not reach the server come back unsaved', () => {
    const { document, history } = edited();
    storeDraftSession(window.sessionStorage, 'p1', { revision: 1, document, history });
    expect(resumeDraft(window.sessionStorage, 'p1', { revision: 1, document: DRAFT })).toMatchObject({
      kind: 'resumed',
      unsaved: true,
    });
  });

  test('a draft that moved on elsewhere counts', () => {
    const { document, history } = edited();
    storeDraftSession(window.sessionStorage, 'p1', { revision: 1, document, history });
    expect(resumeDraft(window.sessionStorage, 'p1', { revision: 7, document: { ...DRAFT, title: 'Theirs' } })).toEqual({
      kind: 'fresh',
    });
  });

  test('what cannot be read is ignored', () => {
    window.sessionStorage.setItem('sluice.draft.p1', '{"revision":');
    expect(resumeDraft(window.sessionStorage, 'p1', { revision: 1, document: DRAFT })).toEqual({ kind: 'fresh' });
  });
});
