import { setTimeout as delay } from 'node:timers/promises';
import { post } from '../load/post.ts';
import { signedHeaders } from '../load/senders.ts';
import { preloadMissing, type Preload } from '../injection/preload.ts';
import { Agent } from 'node:http';
import type { Lane } from '../lane.ts';
import { HOOK_PATH, overPull } from '../pipelines.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';
import { waitUntil } from './wait-until.ts';

const SENDERS = 8;
/** After this the server says that it is not ready (`DISK_SLOW_MS` of packages/runtime), with a margin. */
const SLOW_MS = 6_000;
/** After this it gives the disk up (`FLUSH_DEADLINE_MS` of packages/store-lmdb), with a margin. */
const GIVEN_UP_MS = 31_000;

export const silentFlush: Scenario = {
  id: 'R-06',
  area: 'disks',
  title: 'a flush that takes very long, or never ends',
  rules: ['C1', 'C2'],
  shows:
    'While a flush does not end the server is not ready and refuses webhooks with 503; if it ends after all the server goes on, and if not, requests fail, the process ends, and nothing that was accepted is lost.',
  rounds: { short: 2, long: 8, of: 'held flushes' },
  missing: preloadMissing,
  async run(stage) {
    const { server, preload } = await stage.server({ preload: { log: false } });
    await server.restart();
    const lane = await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', o) });
    const senders = lane.senders({ count: SENDERS });
    // In the short version the uptime jumps instead of passing: to the process it is the same.
    const pass = async (ms: number): Promise<void> => {
      if (stage.isLong) await delay(ms);
      else preload.set('uptimeStepMs', preload.get('uptimeStepMs') + ms);
    };
    const anomalies = [];
    let restartMs = 0;
    for (let round = 1; round <= stage.rounds; round += 1) {
      const neverEnds = round % 2 === 0;
      await senders.accept(senders.accepted + stage.between(20, 200));
      await holdFlush(preload);
      const acceptedBefore = senders.accepted;
      await pass(SLOW_MS);
      const readiness = async (): Promise<Response> => fetch(`${server.url}/readyz`);
      await waitUntil(async () => (await readiness()).status === 503, 'the server is not ready');
      const { checks } = (await (await readiness()).json()) as {
        readonly checks?: { readonly store?: { readonly ok: boolean } };
      };
      const refused = await sendOne(lane, `probe-${round}`);
      anomalies.push(
        ...expectThat(checks?.store?.ok === false, `readiness does not blame the store: ${JSON.stringify(checks)}`),
        ...expectThat(
          refused.status === 503 && Number(refused.retryAfter) >= 1,
          `a webhook was answered ${refused.status} with Retry-After ${refused.retryAfter} while the disk was silent`,
        ),
      );
      if (neverEnds) {
        await pass(GIVEN_UP_MS - SLOW_MS);
        const { isFailure } = await server.ended();
        anomalies.push(
          ...expectThat(isFailure, 'it ended with status 0 after a flush that never ended'),
          ...expectThat(
            senders.accepted === acceptedBefore,
            `${senders.accepted - acceptedBefore} values were accepted while the disk was silent`,
          ),
        );
        preload.set('flushHeld', 0);
        restartMs = Math.max(restartMs, (await server.restart()).ms);
      } else {
        preload.set('flushHeld', 0);
        await waitUntil(async () => (await readiness()).status === 200, 'the server is ready again');
        anomalies.push(...expectThat(server.life === round || !server.hasEnded(), 'it did not outlive a slow flush'));
      }
    }
    await senders.stop();
    await lane.settle();
    return {
      figures: figuresOf([lane], {
        restartMs,
        more: {
          'answers 503': senders.answers.get(503) ?? 0,
          'answers 500 (outcome unknown)': senders.answers.get(500) ?? 0,
        },
      }),
      anomalies: [...anomalies, ...lane.anomalies({ isOrdered: true })],
    };
  },
};

/** Returns when a flush is under way that will not end. */
async function holdFlush(preload: Preload): Promise<void> {
  const begun = preload.get('flushesBegun');
  preload.set('flushHeld', 1);
  await waitUntil(
    () => preload.get('flushesBegun') > begun && preload.get('flushesBegun') > preload.get('flushesDone'),
    'a flush is held',
  );
}

async function sendOne(lane: Lane, id: string) {
  const body = JSON.stringify({ id, key: 'probe', seq: 0 });
  const agent = new Agent();
  try {
    return await post(lane.hook.url, { agent, headers: signedHeaders(lane.hook, id, body), body });
  } finally {
    agent.destroy();
  }
}
