import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { signStandardWebhook } from '@sluice/testkit';
import type { History, HistoryRecord } from '../history/history.ts';
import { type Answer, post } from './post.ts';
import { type Value, valueOf } from './value.ts';

/** Where and how signed webhooks are sent. */
export interface Hook {
  readonly url: string;
  readonly secret: string;
  /** Date of the machine, as the server sees it; ms since 1970. */
  readonly date: () => number;
}

export interface SendersOptions {
  readonly hook: Hook;
  readonly history: History;
  /** Each sends the values of one key, one after the other. */
  readonly count: number;
  /** Keys are `<prefix><number>`. */
  readonly prefix?: string;
  /** Each stops by itself after so many values. */
  readonly valuesEach?: number;
  /** Between a value that is kept and the next. */
  readonly pauseMs?: number;
  /** Added to the body, to make it larger. */
  readonly padding?: string;
  /** Told of each answer. */
  readonly onAnswer?: (answer: Answer, value: Value) => void;
}

/** Good senders: each repeats a value under the same id until it is told that it is kept. */
export interface Senders {
  /** Values that are kept. */
  readonly accepted: number;
  /** Answers by status; 0 where none came. */
  readonly answers: ReadonlyMap<number, number>;
  /** Resolves once so many values are kept in all; rejects after the time. */
  accept(count: number, withinMs?: number): Promise<void>;
  /** Ends each sender after the answer that it waits for. */
  stop(): Promise<void>;
  /** Resolves when each sender has sent all its values. */
  finished(): Promise<void>;
}

/** A refused sender tries again after this, however long it was asked to wait: the load is not to go away. */
const RETRY_MS = 20;
const PATIENCE_MS = 120_000;

export function startSenders(options: SendersOptions): Senders {
  const { hook, history, count, prefix = 'k', valuesEach = Number.POSITIVE_INFINITY } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const answers = new Map<number, number>();
  let accepted = 0;
  let isStopping = false;

  const send = async (value: Value, proc: string): Promise<void> => {
    const body = JSON.stringify({ ...value, ...(options.padding === undefined ? {} : { padding: options.padding }) });
    const record = { proc, op: 'send', ...value } as const;
    while (!isStopping) {
      history.add({ ...record, phase: 'invoke' });
      const answer = await post(hook.url, { agent, headers: signedHeaders(hook, value.id, body), body });
      history.add({ ...record, phase: phaseOf(answer), status: answer.status, ...messageIn(answer) });
      answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1);
      options.onAnswer?.(answer, value);
      if (isKept(answer)) {
        accepted += 1;
        return;
      }
      await delay(RETRY_MS);
    }
  };

  const lane = async (number: number): Promise<void> => {
    for (let seq = 0; seq < valuesEach && !isStopping; seq += 1) {
      await send(valueOf(`${prefix}${number}`, seq), `sender-${prefix}${number}`);
      if (options.pauseMs !== undefined) await delay(options.pauseMs);
    }
  };
  const lanes = Promise.all(Array.from({ length: count }, (_, number) => lane(number))).then(() => agent.destroy());

  return {
    get accepted() {
      return accepted;
    },
    answers,
    async accept(wanted, withinMs = PATIENCE_MS) {
      const until = performance.now() + withinMs;
      while (accepted < wanted) {
        if (performance.now() > until)
          throw new Error(`Only ${accepted} of ${wanted} values were accepted within ${withinMs} ms.`);
        await delay(5);
      }
    },
    async stop() {
      isStopping = true;
      await lanes;
    },
    finished: () => lanes,
  };
}

export function signedHeaders(hook: Hook, id: string, body: string): Record<string, string> {
  const timestamp = Math.floor(hook.date() / 1_000);
  return {
    'content-type': 'application/json',
    ...signStandardWebhook({ secret: hook.secret, id, timestamp, body }),
  };
}

function isKept({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/**
 * What the sender knows. 4xx and 503 say that nothing was stored; other errors come from the middle of the work, and
 * without an answer anything may have happened.
 */
function phaseOf(answer: Answer): HistoryRecord['phase'] {
  if (isKept(answer)) return 'ok';
  const { status, isUnsent } = answer;
  return isUnsent || (status >= 400 && status < 500) || status === 503 || status === 507 ? 'fail' : 'info';
}

function messageIn(answer: Answer): { readonly message?: string } {
  if (!isKept(answer)) return {};
  const { id } = JSON.parse(answer.body) as { readonly id?: string }; // the server answers JSON
  return id === undefined ? {} : { message: id };
}
