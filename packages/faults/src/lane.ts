import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PipelineDocument } from '@sluice/pipeline';
import type { DeadLetterList, DeadLetterView, PeekedMessageView, PipelineStatus } from '@sluice/protocol';
import { ALWAYS, type Anomaly, balanceOf, IN_ORDER } from './history/checkers.ts';
import { createHistory, type History } from './history/history.ts';
import { type Hook, type Senders, type SendersOptions, startSenders } from './load/senders.ts';
import { type Sink, startSink } from './load/sink.ts';
import type { Value } from './load/value.ts';
import type { SluiceProcess } from './process/sluice-process.ts';
import { finding } from './finding.ts';

/** How long everything may take to be delivered once nothing is in the way. */
const SETTLE_MS = 120_000;
const LOOK_MS = 25;
const PAGE = 500;

export interface LaneOptions {
  readonly server: SluiceProcess;
  /** The document, given the address of the sink and a name for the secret of webhooks. */
  readonly document: (o: { readonly sinkUrl: string }) => PipelineDocument;
  /** Path of the webhook; absent where a poller is the source. */
  readonly hookPath?: string;
  /** ms by which the server's date is ahead. */
  readonly dateStepMs?: () => number;
  /** Whether the source has given everything that it has. */
  readonly isSourceDone?: () => boolean;
  /** For a source that records for itself. */
  readonly history?: History;
}

/** One pipeline with one source and one sink, and the history of what went over it. */
export interface Lane extends AsyncDisposable {
  readonly name: string;
  readonly history: History;
  readonly sink: Sink;
  readonly hook: Hook;
  senders(options: Omit<SendersOptions, 'hook' | 'history'>): Senders;
  status(): Promise<PipelineStatus>;
  deadLetters(): Promise<readonly DeadLetterView[]>;
  /** What waits on a wire. */
  waitingOn(wireId: string): Promise<readonly PeekedMessageView[]>;
  /**
   * Waits until nothing waits or is in hand, and takes down the dead letters. What cannot be brought to rest within the
   * time is taken down as waiting.
   */
  settle(withinMs?: number): Promise<void>;
  /** What must never be seen, and was. */
  anomalies(o: { readonly isOrdered: boolean }): readonly Anomaly[];
}

/** The name under which lanes give the server the secret of their webhooks. */
export const HOOK_SECRET = 'hook';

export async function openLane(options: LaneOptions): Promise<Lane> {
  const { server } = options;
  const history = options.history ?? createHistory();
  const sink = await startSink({ history, lifeNow: () => server.life });
  const document = options.document({ sinkUrl: sink.url });
  const { name } = document;
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  await server.api('PUT', `/secrets/${HOOK_SECRET}-${name}`, { value: secret });
  await server.api('POST', '/pipelines', document);
  await server.api('POST', `/pipelines/${name}/deploy`, {});

  const hook: Hook = {
    url: `${server.url}/hooks/${name}/${options.hookPath ?? ''}`,
    secret,
    date: () => Date.now() + (options.dateStepMs?.() ?? 0),
  };
  const status = async (): Promise<PipelineStatus> =>
    (await server.api('GET', `/pipelines/${name}/status`)) as PipelineStatus;

  const deadLetters = async (): Promise<readonly DeadLetterView[]> => {
    const all: DeadLetterView[] = [];
    for (let before = ''; ;) {
      const page = (await server.api(
        'GET',
        `/pipelines/${name}/dead-letters?limit=${PAGE}${before === '' ? '' : `&before=${encodeURIComponent(before)}`}`,
      )) as DeadLetterList;
      all.push(...page.deadLetters);
      const last = page.deadLetters.at(-1);
      if (last === undefined || page.deadLetters.length < PAGE) return all;
      before = last.id;
    }
  };

  const waitingOn = async (wireId: string): Promise<readonly PeekedMessageView[]> => {
    const all: PeekedMessageView[] = [];
    for (let after = ''; ;) {
      const { messages } = (await server.api(
        'GET',
        `/pipelines/${name}/wires/${wireId}/messages?limit=${PAGE}${after}`,
      )) as { readonly messages: readonly PeekedMessageView[] };
      all.push(...messages);
      const last = messages.at(-1);
      if (last === undefined || messages.length < PAGE) return all;
      after = `&afterPosition=${last.position}${last.partition === null ? '' : `&afterPartition=${last.partition}`}`;
    }
  };

  const take = (op: 'dead' | 'waiting', payload: unknown): void => {
    const { id, key, seq } = payload as Value; // our own senders made it
    history.add({ proc: 'reader', op, phase: 'ok', id, key, seq });
  };

  const miscounts: Anomaly[] = [];
  const settle = async (withinMs = SETTLE_MS): Promise<void> => {
    const until = performance.now() + withinMs;
    let now = await status();
    while (!isAtRest(now) || options.isSourceDone?.() === false) {
      if (performance.now() > until) break;
      await delay(LOOK_MS);
      now = await status();
    }
    const letters = await deadLetters();
    for (const { payload } of letters) take('dead', payload);
    // What the product counts has to be what there is.
    const { deadLetters: counted } = (await status()).totals;
    if (counted !== letters.length)
      miscounts.push({
        name: 'conservation',
        detail: `${counted} dead letters are counted and ${letters.length} are there`,
      });
    if (isAtRest(now)) {
      history.add({ proc: 'harness', op: 'quiet', phase: 'ok', key: '', id: '' });
      return;
    }
    for (const wire of Object.values(now.wires)) {
      if (wire.delivery === 'push') continue;
      for (const { payload } of await waitingOn(wire.id)) take('waiting', payload);
    }
  };

  const started: Senders[] = [];
  return {
    name,
    history,
    sink,
    hook,
    senders(o) {
      const senders = startSenders({ ...o, hook, history });
      started.push(senders);
      return senders;
    },
    status,
    deadLetters,
    waitingOn,
    settle,
    anomalies: ({ isOrdered }) => [
      ...miscounts,
      ...Object.values({ ...ALWAYS, ...(isOrdered ? IN_ORDER : {}) }).flatMap((check) => check(history.records)),
      ...(balanceOf(history.records).accepted.size === 0
        ? [finding('nothing was accepted, so nothing was shown')]
        : []),
    ],
    async [Symbol.asyncDispose]() {
      for (const senders of started) await senders.stop();
      await sink[Symbol.asyncDispose]();
    },
  };
}

function isAtRest({ wires, nodes }: PipelineStatus): boolean {
  return (
    Object.values(wires).every(({ depth, inFlight }) => depth === 0 && inFlight === 0) &&
    Object.values(nodes).every(({ busy }) => busy === 0)
  );
}
