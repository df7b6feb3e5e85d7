import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { earlyAnswers } from '../injection/early-answers.ts';
import { readEvents } from '../injection/event-log.ts';
import { preloadMissing } from '../injection/preload.ts';
import { type Answer, post } from '../load/post.ts';
import { signedHeaders } from '../load/senders.ts';
import { valueOf } from '../load/value.ts';
import { HOOK_PATH, overPull } from '../pipelines.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';
import { waitUntil } from './wait-until.ts';

/** Long enough for an answer that does not wait for the disk. */
const HELD_MS = 150;
const REPEATS = 3;

export const unflushedDuplicate: Scenario = {
  id: 'R-07',
  area: 'disks',
  title: 'a repeat while the first is not flushed',
  rules: ['C1', 'C9'],
  shows:
    'A webhook that is repeated while the flush of the first is under way is answered only after that flush, and stored once; if the process dies instead, neither was answered.',
  rounds: { short: 2, long: 100, of: 'held flushes' },
  missing: preloadMissing,
  async run(stage) {
    const { server, preload } = await stage.server({ preload: { log: true } });
    await server.restart();
    const lane = await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', o) });
    const agent = new Agent({ keepAlive: true });
    const send = async (seq: number): Promise<Answer> => {
      const value = valueOf('k', seq);
      const record = { proc: 'sender', op: 'send', ...value } as const;
      const body = JSON.stringify(value);
      lane.history.add({ ...record, phase: 'invoke' });
      const answer = await post(lane.hook.url, { agent, headers: signedHeaders(lane.hook, value.id, body), body });
      const isKept = answer.status === 200 || answer.status === 202;
      lane.history.add({ ...record, phase: isKept ? 'ok' : 'info', status: answer.status });
      return answer;
    };

    const anomalies = [];
    let early = 0;
    for (let seq = 0; seq < stage.rounds; seq += 1) {
      const diesInstead = seq % 2 === 1;
      const begun = preload.get('flushesBegun');
      preload.set('flushHeld', 1);
      let answered = 0;
      const answers = Array.from({ length: 1 + REPEATS }, async (_, number) => {
        // The first gets under way before it is repeated.
        if (number > 0) await waitUntil(() => preload.get('flushesBegun') > begun, 'the flush has begun');
        const answer = await send(seq);
        answered += 1;
        return answer;
      });
      await waitUntil(() => preload.get('flushesBegun') > begun, 'the flush has begun');
      await delay(HELD_MS);
      early += answered;
      if (diesInstead) {
        await server.kill();
        preload.set('flushHeld', 0);
        const lost = await Promise.all(answers);
        anomalies.push(
          ...expectThat(
            lost.every(({ status }) => status === 0),
            `before its flush ended k-${seq} was answered ${lost.map(({ status }) => status).join(', ')}`,
          ),
        );
        await server.restart();
        await send(seq);
      } else {
        preload.set('flushHeld', 0);
        const statuses = (await Promise.all(answers)).map(({ status }) => status);
        anomalies.push(
          ...expectThat(
            statuses.filter((status) => status === 202).length === 1 &&
              statuses.filter((status) => status === 200).length === REPEATS,
            `k-${seq} and its repeats were answered ${statuses.join(', ')}`,
          ),
        );
      }
      // The next one is not to find the flushes of this one's delivery under way.
      await lane.settle();
    }
    agent.destroy();
    await server.stop();
    return {
      figures: figuresOf([lane], { more: { 'answers before the flush': early } }),
      anomalies: [
        ...anomalies,
        ...expectThat(early === 0, `${early} answers came while the flush was held`),
        ...earlyAnswers(readEvents(preload.logFile ?? '')),
        ...lane.anomalies({ isOrdered: true }),
      ],
    };
  },
};
