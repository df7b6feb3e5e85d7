import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { HOOK_PATH, overPull } from '../pipelines.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';

/** One call takes so long, with so many workers: about 100 a second. */
const WORKERS = 4;
const CALL_MS = 40;
const SENDERS = 48;
const CAPACITY = 300;
const PADDING = 'x'.repeat(2_000);
const MEMORY_MAX_MB = 100;
const RETRY_AFTER_MAX_S = 600;

export const overload: Scenario = {
  id: 'R-13',
  area: 'loads',
  title: 'source at more than ten times the rate of its sink',
  rules: ['C1', 'C4', 'C5'],
  shows:
    'What does not fit is refused with 429 and a valid Retry-After, memory stays where it was, and everything that was accepted is delivered.',
  rounds: { short: 3, long: 60, of: 'seconds' },
  async run(stage) {
    const server = await stage.server();
    await server.restart();
    const lane = await stage.lane({
      server,
      hookPath: HOOK_PATH,
      document: (o) => overPull('pulled', { ...o, work: { workers: WORKERS }, queue: { capacity: CAPACITY } }),
    });
    lane.sink.behave(async () => {
      await delay(CALL_MS);
      return { status: 200 };
    });
    // Warm first: what the code itself takes is no growth.
    const warming = lane.senders({ count: SENDERS, valuesEach: 5, prefix: 'warm' });
    await warming.finished();
    const atFirst = await residentMegabytes(server.pid);

    const invalid = new Set<string>();
    let answers = 0;
    const began = performance.now();
    const takenBefore = lane.sink.taken;
    const senders = lane.senders({
      count: SENDERS,
      padding: PADDING,
      onAnswer({ status, retryAfter }) {
        answers += 1;
        if ((status === 429 || status === 503) && !isValid(retryAfter)) invalid.add(`${status}: ${retryAfter}`);
      },
    });
    let most = atFirst;
    while (performance.now() - began < stage.rounds * 1_000) {
      await delay(200);
      most = Math.max(most, await residentMegabytes(server.pid));
    }
    const seconds = (performance.now() - began) / 1_000;
    const offered = answers / seconds;
    const taken = (lane.sink.taken - takenBefore) / seconds;
    await senders.stop();
    await lane.settle();
    const refused = senders.answers.get(429) ?? 0;
    return {
      figures: figuresOf([lane], {
        more: {
          'offered, 1/s': offered,
          'delivered, 1/s': taken,
          'answers 429': refused,
          'memory grew by, MB': most - atFirst,
        },
      }),
      anomalies: [
        ...lane.anomalies({ isOrdered: true }),
        ...expectThat(refused > 0, 'nothing was refused, so nothing was shown'),
        ...expectThat(most - atFirst <= MEMORY_MAX_MB, `memory grew by ${Math.round(most - atFirst)} MB`),
        ...[...invalid].map((value) => ({ name: 'other' as const, detail: `Retry-After of ${value}` })),
      ],
    };
  },
};

function isValid(retryAfter: string | undefined): boolean {
  return /^\d+$/.test(retryAfter ?? '') && Number(retryAfter) >= 1 && Number(retryAfter) <= RETRY_AFTER_MAX_S;
}

/** Memory of a process that is its own: pages of mapped files are the system's to take back. 0 where nobody tells. */
async function residentMegabytes(pid: number): Promise<number> {
  if (process.platform !== 'linux') return 0;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024;
}
