import process from 'node:process';
import { createIngress, isDiskSilent, startRuntime, type Runtime } from '@sluice/runtime';
import type { PipelineDocument } from '@sluice/pipeline';
import type { SecretConnector } from '@sluice/engine';
import { CommandFailure } from '../failures.ts';
import { openHooksServer, type HooksServer } from './open-hooks-server.ts';
import type { StatusReporter } from './status-reporter.ts';

/** Work in hand is given this long at the end; what is left then is taken up again at the next start. */
const STOP_MS = 10_000;
const STATUS_MS = 1_000;

export interface HostOptions {
  readonly document: PipelineDocument;
  readonly dataDir: string;
  readonly port: number;
  readonly secrets: SecretConnector;
  readonly reporter: StatusReporter;
}

export interface HostedPipeline {
  /** Address of each webhook. */
  readonly hooks: readonly { readonly nodeId: string; readonly methods: readonly string[]; readonly url: string }[];
  /** Rejects when the store has failed: the process should end. */
  readonly failed: Promise<never>;
  /** Stops intake, finishes or returns what is in hand, and lets go of folder and port. */
  stop(): Promise<void>;
}

/** Runs one pipeline in this process, on the runtime that servers run it on. */
export async function hostPipeline(options: HostOptions): Promise<HostedPipeline> {
  const { document, reporter, secrets, dataDir } = options;
  const runtime = await startRuntime({
    dataDir,
    // Like a server in local mode: whoever may run this may reach these targets anyway.
    egress: { private: 'allowed', allow: [] },
    secrets,
    log: { write: (entry) => reporter.logEntry(entry) },
  }).catch((error: unknown) => {
    throw new CommandFailure(
      'runtime-not-started',
      `Cannot run in ${dataDir}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  });
  try {
    return await deployAndServe(runtime, options);
  } catch (error) {
    await runtime.stop({ deadlineMs: STOP_MS });
    throw error;
  }

  async function deployAndServe(started: Runtime, { port }: HostOptions): Promise<HostedPipeline> {
    const ingress = createIngress({
      engine: started.engine,
      ids: started.ids,
      hold: started.intakeHold,
      onError: (error, requestId) =>
        reporter.logEntry({ nodeId: 'ingress', level: 'error', text: `request ${requestId} failed: ${String(error)}` }),
    });
    const server = await openHooksServer({ port, ingress, ids: started.ids });
    try {
      await deploy(started, document);
    } catch (error) {
      await server.close();
      throw error;
    }
    const forgetNotices = started.engine.onNotice((notice) => reporter.notice(notice));
    const ticker = setInterval(() => void report(started, document.name, reporter), STATUS_MS);
    return {
      hooks: hooksOf(document, server),
      failed: new Promise((_resolve, reject) => {
        started.onFailure((error) => {
          if (isDiskSilent(error)) process.once('exit', () => process.kill(process.pid, 'SIGKILL'));
          reject(
            new CommandFailure('store-failed', `The message store has failed: ${error.message}`, { cause: error }),
          );
        });
      }),
      async stop() {
        clearInterval(ticker);
        ingress.refuseAll();
        await Promise.all([server.close(), started.stop({ deadlineMs: STOP_MS })]);
        forgetNotices();
      },
    };
  }
}

async function deploy({ engine }: Runtime, document: PipelineDocument): Promise<void> {
  // The folder belongs to this one pipeline, so its name serves as id and every start is version 1 again.
  const deployed = await engine.deploy({ pipelineId: document.name, version: 1, document });
  if (deployed.ok) return;
  if (deployed.reason === 'findings') {
    throw new CommandFailure('findings', deployed.findings.map(({ message }) => message).join('\n'));
  }
  if (deployed.reason === 'removed-wires-refused') {
    const texts = deployed.refusals.map(({ wireId, text }) => `Wire ${wireId} ${text}.`);
    throw new CommandFailure(deployed.reason, texts.join('\n'));
  }
  const wires = deployed.wires.map(({ wireId, messages }) => `${wireId} (${messages})`).join(', ');
  throw new CommandFailure(
    'wires-hold-messages',
    `Wires that the document no longer has still hold messages: ${wires}. Put them back and let them drain, or start over with another --data-dir.`,
  );
}

async function report({ engine }: Runtime, pipelineId: string, reporter: StatusReporter): Promise<void> {
  const figures = await engine.figures(pipelineId);
  if (figures !== undefined) reporter.figures(figures);
}

/** The schema of the node type has accepted the config by now. */
function hooksOf(document: PipelineDocument, { url }: HooksServer): HostedPipeline['hooks'] {
  return document.nodes.flatMap(({ id, type, config }) => {
    const path = config?.['path'];
    const methods = config?.['methods'];
    if (type !== 'webhook' || typeof path !== 'string') return [];
    return [
      {
        nodeId: id,
        methods: Array.isArray(methods) ? methods.map(String) : ['POST'],
        url: `${url}/hooks/${document.name}/${path}`,
      },
    ];
  });
}
