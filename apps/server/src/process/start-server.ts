import type { RequestListener } from 'node:http';
import { nodeCatalogue } from '@sluice/nodes/definitions';
import {
  createIngress,
  createSystemClock,
  createTimeOrderedIds,
  type EgressPolicy,
  HOOKS_PREFIX,
  PROBLEM_CONTENT_TYPE,
  problemBody,
  startRuntime,
} from '@sluice/runtime';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { seedDemo } from '../demo/seed-demo.ts';
import { createApp } from '../http/app.ts';
import { REFUSALS } from '../http/errors-to-http.ts';
import { attachLiveGateway } from '../live/live-gateway.ts';
import { findProductFolders } from '../product-folders.ts';
import { masterKeyFromFile, masterKeyFromText } from '../secrets/master-key.ts';
import { createSecretVault } from '../secrets/secret-vault.ts';
import { pausedWhenDrained } from '../use-cases/change-life-cycle.ts';
import { redeployAll } from '../use-cases/redeploy-all.ts';
import type { ServerParts } from '../use-cases/server-parts.ts';
import { createTurns } from '../use-cases/turns.ts';
import { createVersionShelf } from '../use-cases/version-shelf.ts';
import { openDataFolder } from './data-folder.ts';
import { listen } from './listen.ts';
import { openStorage } from './open-storage.ts';
import type { ProcessStateHolder } from './process-state.ts';

export interface RunningServer {
  readonly url: string;
  readonly pipelines: { readonly running: number; readonly failed: number };
  readonly demoSeeded: boolean;
  /** The message store failed or the engine broke: nothing more is accepted, and the process should end. */
  onFailure(listener: (error: Error) => void): void;
  /** Takes nothing more, finishes what is in hand within the deadline, and lets go of everything. */
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

/**
 * Puts everything together. The port comes first, because it is quick to find taken; then store and database at the same
 * time; then what was deployed before. Whatever fails, all that was opened is closed again and the error is thrown.
 */
export async function startServer(
  config: Config,
  o: { readonly logger: Logger; readonly say: (line: string) => void },
): Promise<RunningServer> {
  const { logger } = o;
  const clock = createSystemClock();
  const ids = createTimeOrderedIds(clock);
  const folders = findProductFolders();
  const state: ProcessStateHolder = { current: { phase: 'starting' } };
  /** What to undo, last first. */
  const undo: (() => void | Promise<void>)[] = [];
  const undoAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };

  try {
    const listening = await listen({ host: config.host, port: config.port, first: answerStarting(ids.next()) });
    undo.push(() => {
      listening.stopAccepting();
      listening.closeNow();
    });
    await openDataFolder(config.dataDir);
    const storage = await openStorage({
      dataDir: config.dataDir,
      databaseUrl: config.databaseUrl,
      migrationsDir: folders.migrations,
      clock,
      log: (line) => logger.debug({ source: 'postgres' }, line),
    });
    undo.push(() => storage.closeDatabase());
    const releaseStore = (): Promise<void> => storage.store.close();
    undo.push(releaseStore);

    const key =
      config.secretKey === undefined ? await masterKeyFromFile(config.dataDir) : masterKeyFromText(config.secretKey);
    const vault = createSecretVault({ secrets: storage.database.secrets, key });
    const runtime = await startRuntime({
      dataDir: config.dataDir,
      ...(config.diskReserveBytes === undefined ? {} : { diskReserveBytes: config.diskReserveBytes }),
      egress: egressPolicy(config),
      own: { port: listening.port },
      secrets: vault,
      log: { write: ({ level, text, ...about }) => logger[level](about, text) },
      openStore: () => Promise.resolve(storage.store),
    });
    // From here on the runtime closes the store.
    undo.splice(undo.indexOf(releaseStore), 1, () => runtime.stop({ deadlineMs: 0 }));

    let served: ServerParts | undefined;
    const live = attachLiveGateway(listening.server, { parts: () => served, now: () => clock.now() });
    const parts: ServerParts = {
      database: storage.database,
      engine: runtime.engine,
      store: runtime.store,
      traces: runtime.traces,
      catalogue: nodeCatalogue,
      vault,
      versions: createVersionShelf(storage.database.versions),
      turns: createTurns(),
      failures: new Map(),
      announce: (event) => live.announce(event),
      log: ({ level, text, data }) => logger[level](data ?? {}, text),
    };
    runtime.engine.onNotice(({ at: _at, ...notice }) => live.announce(notice));
    pausedWhenDrained(parts);

    state.diskTrouble = runtime.diskTrouble;
    state.isDiskShort = runtime.isDiskShort;
    const { app, close: closeApp } = createApp(parts, {
      state,
      ids,
      version: folders.version,
      commitTimes: runtime.commitTimes,
      web: folders.web,
    });
    undo.push(closeApp);
    const ingress = createIngress({
      engine: runtime.engine,
      ids,
      hold: runtime.intakeHold,
      onError: (error, requestId) => logger.error({ err: error, requestId }, 'A webhook request failed'),
    });

    await warnAboutSecrets(parts);
    const pipelines = await redeployAll(parts);
    const demoSeeded = config.demo && (await seedDemo(parts));

    listening.serve({
      request: (request, response) =>
        request.url?.startsWith(HOOKS_PREFIX) ? ingress.handle(request, response) : app(request, response),
      checkContinue: (request, response) => {
        if (request.url?.startsWith(HOOKS_PREFIX)) return ingress.handle(request, response, { awaitsContinue: true });
        response.writeContinue();
        app(request, response);
      },
    });
    served = parts;
    state.current = { phase: 'ready' };

    return {
      url: listening.url,
      pipelines: { ...pipelines, running: runtime.engine.deployed().length },
      demoSeeded,
      onFailure: (listener) =>
        void runtime.onFailure((error) => {
          state.current = { phase: 'failing', detail: error.message };
          ingress.refuseAll();
          listener(error);
        }),
      async stop({ deadlineMs }) {
        if (state.current.phase === 'ready') state.current = { phase: 'stopping' };
        ingress.refuseAll();
        listening.stopAccepting();
        live.close();
        await runtime.stop({ deadlineMs });
        await undoAll();
      },
    };
  } catch (error) {
    await undoAll().catch((second: unknown) =>
      logger.error({ err: second }, 'Cleaning up after a failed start did not work'),
    );
    throw error;
  }
}

/** In local mode the user's own machine and network may be called, too. */
function egressPolicy(config: Config): EgressPolicy {
  return { private: 'allowed', allow: config.egressAllow };
}

function answerStarting(requestId: string): RequestListener {
  const { status, title } = REFUSALS.starting;
  const body = problemBody(
    { code: 'starting', status, title, detail: 'The server is starting. Try again shortly.' },
    requestId,
  );
  return (request, response) => {
    const alive = request.url === '/livez' || request.url === '/healthz';
    if (alive) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"status":"starting"}');
      return;
    }
    response.writeHead(status, { 'content-type': PROBLEM_CONTENT_TYPE, 'retry-after': '1', connection: 'close' });
    response.end(body);
  };
}

/** A lost key is better heard of at the start than when a pipeline fails. */
async function warnAboutSecrets(parts: ServerParts): Promise<void> {
  const names = await parts.vault.unreadable();
  if (names.length === 0) return;
  parts.log({
    level: 'warn',
    text: `These secrets were sealed with another key and cannot be read: ${names.join(', ')}. Start with the former SLUICE_SECRET_KEY or key file, or enter them again.`,
  });
}
