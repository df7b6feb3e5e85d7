import type { DeadLetterView } from '@sluice/protocol';
import type { Anomaly } from '../history/checkers.ts';
import type { Value } from '../load/value.ts';
import { HOOK_PATH, overEvents, overPull } from '../pipelines.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';
import { waitUntil } from './wait-until.ts';

const SENDERS = 6;
const VALUES_EACH = 5;
/** What the sink answers to a poisoned value, try by try: the last is what its dead letter has to tell. */
const FAILURES = [500, 502, 503, 504];
const REFUSAL = 422;
const CRASHES = 3;

export const poisonMessages: Scenario = {
  id: 'R-11',
  area: 'loads',
  title: 'poison messages',
  rules: ['C6', 'C8', 'C11', 'U7'],
  shows:
    'A message that always fails is tried exactly as often as it says, one that is refused for good once, one that kills the process until quarantine; each becomes a dead letter with its last error, and everything behind it is delivered.',
  rounds: { short: 1, long: 20, of: 'batches' },
  async run(stage) {
    const server = await stage.server();
    await server.restart();
    const work = {
      retry: { attempts: FAILURES.length, base: '10ms', cap: '40ms', budget: 1 },
      quarantineAfter: CRASHES,
    };
    const lanes = [
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', { ...o, work }) }),
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overEvents('read', { ...o, work }) }),
    ];
    const tries = new Map<string, number>();
    const countTry = (lane: string, { id }: Value): void =>
      void tries.set(`${lane} ${id}`, (tries.get(`${lane} ${id}`) ?? 0) + 1);
    for (const { name, sink } of lanes)
      sink.behave(({ value, attempt }) => {
        countTry(name, value);
        if (isPoison(value)) return { status: FAILURES[attempt - 1] ?? 500 };
        if (isRefused(value)) return { status: REFUSAL };
        return { status: 200 };
      });
    for (let batch = 0; batch < stage.rounds; batch += 1) {
      const senders = lanes.map((lane) =>
        lane.senders({ count: SENDERS, valuesEach: VALUES_EACH, prefix: `b${batch}k` }),
      );
      await Promise.all(senders.map((one) => one.finished()));
      for (const lane of lanes) await lane.settle();
    }

    const anomalies: Anomaly[] = lanes.flatMap((lane) => lane.anomalies({ isOrdered: true }));
    let letters = 0;
    for (const lane of lanes) {
      const dead = await lane.deadLetters();
      letters += dead.length;
      const expected = stage.rounds * 2;
      anomalies.push(
        ...expectThat(dead.length === expected, `${lane.name} has ${dead.length} dead letters, not ${expected}`),
        ...dead.flatMap((letter) => complaintsAbout(letter, tries.get(`${lane.name} ${valueIn(letter).id}`) ?? 0)),
      );
    }
    anomalies.push(...(await quarantine()));
    return { figures: figuresOf(lanes, { more: { 'dead letters': letters } }), anomalies };

    /** The process is killed each time that it has this message in hand. */
    async function quarantine(): Promise<readonly Anomaly[]> {
      const [lane] = lanes;
      if (lane === undefined) return [];
      let crashes = 0;
      lane.sink.behave(async ({ value }) => {
        if (value.seq !== 1) return { status: 200 };
        crashes += 1;
        await server.kill();
        return { status: 200 };
      });
      const senders = lane.senders({ count: 1, valuesEach: 4, prefix: 'killer' });
      while (crashes < CRASHES) {
        await waitUntil(() => server.hasEnded(), 'the message has killed the process');
        // It may be killed again before it is ready.
        if (crashes < CRASHES) server.launch();
      }
      await waitUntil(() => server.hasEnded(), 'the message has killed the process for the last time');
      await server.restart();
      await senders.finished();
      await lane.settle();
      const letter = (await lane.deadLetters()).find(({ reason }) => reason === 'quarantined');
      return [
        ...expectThat(letter !== undefined, 'what killed the process was not quarantined'),
        ...expectThat(crashes === CRASHES, `it killed the process ${crashes} times, not ${CRASHES}`),
        ...lane.anomalies({ isOrdered: true }),
      ];
    }
  },
};

/** The second value of the first key of each batch. */
function isPoison({ key, seq }: Value): boolean {
  return key.endsWith('k0') && seq === 1;
}

function isRefused({ key, seq }: Value): boolean {
  return key.endsWith('k1') && seq === 1;
}

function valueIn({ payload }: DeadLetterView): Value {
  return payload as unknown as Value; // our own senders made it
}

function complaintsAbout(letter: DeadLetterView, tries: number): readonly Anomaly[] {
  const { id } = valueIn(letter);
  const wanted = isPoison(valueIn(letter)) ? FAILURES : [REFUSAL];
  const reason = isPoison(valueIn(letter)) ? 'attempts-exhausted' : 'permanent';
  const told = letter.history.map(({ message }) => Number(/\b(\d{3})\b/.exec(message)?.[1]));
  return [
    ...expectThat(tries === wanted.length, `${id} was tried ${tries} times, not ${wanted.length}`),
    ...expectThat(letter.attempts === wanted.length, `the letter of ${id} says ${letter.attempts} attempts`),
    ...expectThat(letter.reason === reason, `the letter of ${id} says ${letter.reason}, not ${reason}`),
    ...expectThat(
      letter.error.message.includes(String(wanted.at(-1))),
      `the letter of ${id} does not tell the last error ${wanted.at(-1)}: ${letter.error.message}`,
    ),
    ...expectThat(told.join() === wanted.join(), `the history of ${id} is ${told.join()}, not ${wanted.join()}`),
  ];
}
