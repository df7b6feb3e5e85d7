import path from 'node:path';
import { acceptedIn } from '../injection/border-event.ts';
import { earlyAnswers } from '../injection/early-answers.ts';
import { readTrace, straceMissing, underStrace } from '../injection/strace.ts';
import { HOOK_PATH, overEvents, overPull } from '../pipelines.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';

const SENDERS = 16;

export const flushBeforeAnswer: Scenario = {
  id: 'R-01',
  area: 'disks',
  title: 'system calls traced by strace',
  rules: ['C1'],
  shows:
    'For every accepted webhook the kernel saw the flush of its message end before the first byte of the 202 left.',
  rounds: { short: 96, long: 2_000, of: 'webhooks' },
  missing: straceMissing,
  async run(stage) {
    const file = path.join(stage.folder, 'trace');
    const server = await stage.server({ under: underStrace(file) });
    await server.restart();
    const lanes = [
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', o) }),
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overEvents('read', o) }),
    ];
    const valuesEach = Math.ceil(stage.rounds / lanes.length / SENDERS);
    const senders = lanes.map((lane) => lane.senders({ count: SENDERS, valuesEach }));
    await Promise.all(senders.map((one) => one.finished()));
    for (const lane of lanes) await lane.settle();
    await server.stop();

    const events = readTrace(file);
    const seen = new Set(events.map(acceptedIn).filter((id) => id !== undefined));
    const figures = figuresOf(lanes, { more: { 'flushes traced': events.filter(isFlush).length } });
    return {
      figures,
      anomalies: [
        ...earlyAnswers(events),
        ...lanes.flatMap((lane) => lane.anomalies({ isOrdered: true })),
        ...expectThat(
          seen.size === figures.accepted,
          `${figures.accepted} values were accepted, but the trace shows ${seen.size} answers`,
        ),
      ],
    };
  },
};

function isFlush({ kind, phase }: { readonly kind: string; readonly phase: string }): boolean {
  return kind === 'flush' && phase === 'end';
}
