import path from 'node:path';
import { createEngine, type Engine, type MessageStore } from '@sluice/engine';
import type { PipelineDocument } from '@sluice/pipeline';
import { createBreath, createSystemClock, createTimeOrderedIds, nodeDigests, systemRandom } from '@sluice/runtime';
import { openLmdbStore } from '@sluice/store-lmdb';
import { type Code, codeNodes, SOURCE_PATH } from './code-nodes.ts';

const PIPELINE_ID = 'bench';

/** The engine on the disk, with one pipeline of the bench's own nodes. */
export interface CodeEngine {
  readonly engine: Engine;
  readonly store: MessageStore;
  /** Sends a request to the source; resolves when its message is accepted. */
  send(): Promise<void>;
  /** Puts another version into operation. */
  deploy(document: PipelineDocument): Promise<void>;
  /** Messages on all pull wires, in hand or not. */
  backlog(): Promise<number>;
  close(): Promise<void>;
}

export async function openCodeEngine(o: {
  readonly folder: string;
  readonly document: PipelineDocument;
  readonly code: Code;
  /** The store has failed, and with it the benchmark. */
  readonly onFailure: (error: Error) => void;
}): Promise<CodeEngine> {
  const clock = createSystemClock();
  const store = await openLmdbStore({ dir: path.join(o.folder, 'store'), clock });
  const engine = createEngine({
    clock,
    random: systemRandom,
    ids: createTimeOrderedIds(clock),
    store,
    connectors: {
      http: { call: () => Promise.reject(new Error('nodes of the bench call nobody')) },
      log: { write: () => undefined },
      secrets: { find: () => Promise.resolve(undefined) },
      breathe: createBreath(),
      digests: nodeDigests,
    },
    ...codeNodes(o.code),
    onFailure: (error) => o.onFailure(error instanceof Error ? error : new Error(String(error))),
  });

  let version = 0;
  const deploy = async (document: PipelineDocument): Promise<void> => {
    version += 1;
    const deployed = await engine.deploy({ pipelineId: PIPELINE_ID, version, document });
    if (!deployed.ok) throw new Error(`the engine refused the pipeline: ${JSON.stringify(deployed)}`);
  };
  await deploy(o.document);
  const request = { method: 'POST', path: SOURCE_PATH, query: {}, headers: {}, body: new Uint8Array(0) };
  const address = { pipelineName: o.document.name, path: SOURCE_PATH, method: 'POST' };

  return {
    engine,
    store,
    async send() {
      // Asked for each time, as the ingress does.
      const found = engine.route(address);
      if (!found.ok) throw new Error(found.problem.detail);
      const answer = await found.route.receive(request);
      if (!answer.ok) throw new Error(answer.problem.detail);
      if (answer.status !== 'accepted') throw new Error(`a message was ${answer.status} instead of accepted`);
    },
    deploy,
    async backlog() {
      let messages = 0;
      for (const queue of await store.queues('')) messages += (await store.backlog({ queue })).messages;
      return messages;
    },
    async close() {
      await engine.close({ deadlineMs: 5_000 });
      await store.close();
    },
  };
}
