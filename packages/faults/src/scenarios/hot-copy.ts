import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HistoryRecord } from '../history/history.ts';
import type { Lane } from '../lane.ts';
import { WELL } from '../load/sink.ts';
import { HOOK_PATH, overEvents, overPull } from '../pipelines.ts';
import { expectThat, finding } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { startStoreReader } from '../store-reader/store-reader.ts';
import { figuresOf } from './figures-of.ts';

const SENDERS = 6;
const CALL_MS = 20;

/**
 * The product has no backup command. What is shown is that LMDB's own copy (`backup` of lmdb, or `mdb_copy`) of a store in
 * use is good, so that an operator can make one.
 */
export const hotCopy: Scenario = {
  id: 'R-19',
  area: 'disks',
  title: 'copy of the store taken under load',
  rules: ['C1', 'C2', 'C11'],
  shows:
    "A copy that LMDB's own tool makes while the server works opens elsewhere and is the store as it was at one moment: what was accepted before is there or was delivered, without gaps.",
  rounds: { short: 2, long: 100, of: 'copies' },
  async run(stage) {
    const server = await stage.server();
    await server.restart();
    const work = { workers: 2 };
    const lanes = [
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', { ...o, work }) }),
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overEvents('read', { ...o, work }) }),
    ];
    for (const { sink } of lanes)
      sink.behave(async () => {
        await delay(CALL_MS);
        return { status: 200 };
      });
    const senders = lanes.map((lane) => lane.senders({ count: SENDERS, pauseMs: 5 }));
    await using reader = startStoreReader();
    const anomalies = [];
    let held = 0;
    for (let copy = 1; copy <= stage.rounds; copy += 1) {
      await delay(stage.between(50, 300));
      const accepted = messagesOf(lanes, 'send', 'ok');
      const dir = path.join(stage.folder, 'copy');
      await mkdir(dir, { recursive: true });
      const { ids, complaints } = await reader.read({ dir, copyOf: path.join(server.dataDir, 'messages') });
      await rm(dir, { recursive: true });
      const waiting = new Set(ids);
      const delivered = messagesOf(lanes, 'deliver', 'invoke');
      const missing = [...accepted].filter((id) => !waiting.has(id) && !delivered.has(id));
      held += waiting.size;
      anomalies.push(
        ...complaints.map((what) => finding(`copy ${copy}: ${what}`)),
        ...missing.map((id) => finding(`copy ${copy}: message ${id} was accepted before and is not in it`)),
      );
    }
    await Promise.all(senders.map((one) => one.stop()));
    for (const { sink } of lanes) sink.behave(WELL);
    for (const lane of lanes) await lane.settle();
    return {
      figures: figuresOf(lanes, { more: { 'messages in the copies, in all': held } }),
      anomalies: [
        ...anomalies,
        ...lanes.flatMap((lane) => lane.anomalies({ isOrdered: true })),
        ...expectThat(held > 0, 'nothing waited in any copy, so nothing was shown'),
      ],
    };
  },
};

function messagesOf(
  lanes: readonly Lane[],
  op: HistoryRecord['op'],
  phase: HistoryRecord['phase'],
): ReadonlySet<string> {
  return new Set(
    lanes.flatMap(({ history }) =>
      history.records.flatMap((record) =>
        record.op === op && record.phase === phase && record.message !== undefined ? [record.message] : [],
      ),
    ),
  );
}
