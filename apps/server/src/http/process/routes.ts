import type { Health } from '@sluice/protocol';
import type { ProcessStateHolder } from '../../process/process-state.ts';
import type { ServerParts } from '../../use-cases/server-parts.ts';
import { type Answer, json, text } from '../answer.ts';
import { refuse } from '../errors-to-http.ts';
import type { HandlersOf } from '../handlers.ts';
import { METRICS_CONTENT_TYPE } from './metrics-text.ts';

const CHECK_TIMEOUT_MS = 2_000;

export function processRoutes(
  parts: ServerParts,
  o: { readonly state: ProcessStateHolder; readonly readMetrics: () => Promise<string> },
): HandlersOf<'readHealth' | 'readLiveness' | 'readReadiness' | 'readMetrics'> {
  const { state } = o;
  // Never asks the database: a process that lives must not be killed because another one is down.
  const liveness = (): Answer =>
    state.current.phase === 'failing'
      ? refuse('not-ready', 'The message store has failed; the process is about to end.')
      : json({ status: state.current.phase === 'ready' ? 'ok' : state.current.phase } satisfies Health);
  return {
    readHealth: liveness,
    readLiveness: liveness,
    async readReadiness({ query }) {
      const checks = {
        process: state.current.phase === 'ready' ? { ok: true } : { ok: false, detail: state.current.phase },
        store: checkStore(state),
        database: await checkDatabase(parts),
      };
      const disk = checkDisk(state);
      const failed = Object.entries(checks).filter(([, check]) => !check.ok);
      if (failed.length > 0) {
        return refuse('not-ready', `Not ready: ${failed.map(([name]) => name).join(', ')}.`, {
          members: { checks },
          headers: { 'retry-after': '5' },
        });
      }
      // Requests are welcome: people have to get in to make room. Only webhooks are refused, and say so themselves.
      const shown = query.verbose === undefined ? (disk.ok ? undefined : { disk }) : { ...checks, disk };
      return json({ status: 'ok', ...(shown === undefined ? {} : { checks: shown }) } satisfies Health);
    },
    readMetrics: async () => text(await o.readMetrics(), METRICS_CONTENT_TYPE),
  };
}

function checkStore({ current, diskTrouble }: ProcessStateHolder): { readonly ok: boolean; readonly detail?: string } {
  const detail = current.phase === 'failing' ? current.detail : diskTrouble?.();
  return detail === undefined ? { ok: true } : { ok: false, detail };
}

function checkDisk({ isDiskShort }: ProcessStateHolder): { readonly ok: boolean; readonly detail?: string } {
  return isDiskShort?.() === true
    ? { ok: false, detail: 'nearly full: sources are held, and what was accepted is worked off' }
    : { ok: true };
}

async function checkDatabase(parts: ServerParts): Promise<{ readonly ok: boolean; readonly detail?: string }> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  try {
    await Promise.race([parts.database.check(), late.promise]);
    return { ok: true };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
