import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { PipelineDocument } from '@sluice/pipeline';
import type { Pipeline } from '@sluice/protocol';
import { describe, expect, test } from 'vitest';
import { ApiError, ServerUnreachableError } from '../api/api-error.ts';
import { createCanvasStore } from './canvas-store.ts';
import { createDraftSaver } from './draft-saver.ts';

const EMPTY: PipelineDocument = { format: 'sluice/v1', name: 'orders', nodes: [], wires: [], layout: {} };

function pipelineOf(document: PipelineDocument, revision: number): Pipeline {
  return {
    id: 'p1',
    name: 'orders',
    title: 'orders',
    revision,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    document,
    deployment: null,
    latestVersion: null,
    draftDiffers: false,
  };
}

/** A server that counts revisions as the real one does, and can be told to fail. */
function openDraft() {
  const server = { document: EMPTY, revision: 1, saves: 0, failure: null as Error | null };
  const store = createCanvasStore({ catalogue: nodeCatalogue, document: EMPTY });
  const due: (() => void)[] = [];
  const saver = createDraftSaver({
    store,
    revision: 1,
    save: (document, { revision }) => {
      if (server.failure !== null) return Promise.reject(server.failure);
      if (revision !== server.revision) {
        const problem = {
          type: 'stale',
          title: 'Stale',
          status: 412,
          detail: 'Stale',
          code: 'stale-revision',
          requestId: 'r1',
          current: pipelineOf(server.document, server.revision),
        };
        return Promise.reject(new ApiError(problem));
      }
      server.document = document;
      server.revision += 1;
      server.saves += 1;
      return Promise.resolve(pipelineOf(document, server.revision));
    },
    onSaved: () => undefined,
    timers: { set: (run) => due.push(run), clear: (id) => (due[id - 1] = () => undefined) },
  });
  saver.start();
  return { server, store, saver };
}

describe('autosave', () => {
  test('says unsaved at once and saved when the server has it', async () => {
    const { store, saver, server } = openDraft();
    store.getState().addNode('webhook', [0, 0]);
    expect(saver.state.getState().kind).toBe('unsaved');
    expect(await saver.flush()).toBe(true);
    expect(saver.state.getState().kind).toBe('saved');
    expect(server.document).toEqual(store.getState().document);
  });

  test('an edit during a save is saved right after it', async () => {
    const { store, saver, server } = openDraft();
    store.getState().addNode('webhook', [0, 0]);
    const saving = saver.flush();
    store.getState().addNode('log', [300, 0]);
    await saving;
    expect(server.saves).toBe(2);
    expect(server.document.nodes).toHaveLength(2);
  });

  test('choosing a node saves nothing', async () => {
    const { store, saver, server } = openDraft();
    store.getState().select({ nodeIds: [] });
    await saver.flush();
    expect(server.saves).toBe(0);
  });

  test('somebody else’s draft is not overwritten without being asked', async () => {
    const { store, saver, server } = openDraft();
    server.document = { ...EMPTY, title: 'Theirs' };
    server.revision = 5;
    store.getState().addNode('webhook', [0, 0]);
    expect(await saver.flush()).toBe(false);
    expect(saver.state.getState()).toMatchObject({ kind: 'conflict', theirs: { revision: 5 } });
    expect(server.document.title).toBe('Theirs');
  });

  test('loading theirs drops the own edits and their undo', async () => {
    const { store, saver, server } = openDraft();
    server.document = { ...EMPTY, title: 'Theirs' };
    server.revision = 5;
    store.getState().addNode('webhook', [0, 0]);
    await saver.flush();
    saver.loadTheirs();
    expect(store.getState().document).toEqual(server.document);
    expect(store.getState().history.undo).toEqual([]);
    expect(saver.state.getState().kind).toBe('saved');
    expect(saver.revision()).toBe(5);
  });

  test('overwriting theirs saves the own draft on top', async () => {
    const { store, saver, server } = openDraft();
    server.revision = 5;
    store.getState().addNode('webhook', [0, 0]);
    await saver.flush();
    expect(await saver.overwriteTheirs()).toBe(true);
    expect(server.document.nodes).toHaveLength(1);
    expect(saver.revision()).toBe(6);
  });

  test('a failure is told and tried again on request', async () => {
    const { store, saver, server } = openDraft();
    server.failure = new ServerUnreachableError('The server does not answer.');
    store.getState().addNode('webhook', [0, 0]);
    expect(await saver.flush()).toBe(false);
    expect(saver.state.getState()).toEqual({ kind: 'failed', message: 'The server does not answer.', requestId: null });
    server.failure = null;
    expect(await saver.retry()).toBe(true);
    expect(server.saves).toBe(1);
  });
});
