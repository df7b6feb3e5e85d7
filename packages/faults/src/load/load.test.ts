import { Agent } from 'node:http';
import { expect, test } from 'vitest';
import { ALWAYS, type AnomalyName, IN_ORDER } from '../history/checkers.ts';
import { createHistory, type History } from '../history/history.ts';
import { startBadServer, type Treatment } from '../testing/bad-server.ts';
import { startFeed } from './feed.ts';
import { type Answer, post } from './post.ts';
import { startSenders } from './senders.ts';
import { startSink } from './sink.ts';
import { type Value, valueOf } from './value.ts';

const SECRET = `whsec_${Buffer.alloc(24).toString('base64')}`;
const good = (value: Value): Treatment => ({ status: 202, calls: [{ value, message: `m-${value.id}` }] });

/** Sends ten values of one key through a server that treats them so, and answers what the checkers find. */
async function findingsAbout(treat: (value: Value) => Treatment): Promise<ReadonlySet<AnomalyName>> {
  const history = createHistory();
  await using sink = await startSink({ history, lifeNow: () => 1 });
  await using server = await startBadServer({ sinkUrl: sink.url, treat });
  const hook = { url: server.url, secret: SECRET, date: () => 0 };
  const senders = startSenders({ hook, history, count: 1, valuesEach: 10 });
  await senders.finished();
  history.add({ proc: 'harness', op: 'quiet', phase: 'ok', key: '', id: '' });
  return namesIn(history);
}

function namesIn({ records }: History): ReadonlySet<AnomalyName> {
  return new Set(
    Object.values({ ...ALWAYS, ...IN_ORDER })
      .flatMap((check) => check(records))
      .map(({ name }) => name),
  );
}

test('a server that does as it should is found to do so', async () => {
  expect(await findingsAbout(good)).toEqual(new Set());
});

test('a server that accepts a value and drops it is found out', async () => {
  const findings = await findingsAbout((value) => (value.seq === 4 ? { status: 202, calls: [] } : good(value)));
  expect(findings).toEqual(new Set(['lost-write', 'conservation']));
});

test('a server that delivers under another id the second time is found out', async () => {
  const findings = await findingsAbout((value) => ({
    status: 202,
    calls: [...good(value).calls, ...(value.seq === 4 ? [{ value, message: 'other' }] : [])],
  }));
  expect(findings).toEqual(new Set(['duplicate-value']));
});

test('a server that gives two values one id is found out', async () => {
  const findings = await findingsAbout((value) => ({
    status: 202,
    calls: [{ value, message: `m-${Math.floor(value.seq / 2)}` }],
  }));
  expect(findings).toEqual(new Set(['inconsistent-message']));
});

test('a server that delivers a value after the next one of its key is found out', async () => {
  const findings = await findingsAbout((value) => {
    if (value.seq === 4) return { status: 202, calls: [] };
    if (value.seq !== 5) return good(value);
    return { status: 202, calls: [...good(value).calls, ...good(valueOf(value.key, 4)).calls] };
  });
  expect(findings).toEqual(new Set(['skip', 'backward-read']));
});

test('a server that refuses a value each time and delivers it all the same is found out', async () => {
  let refusals = 0;
  const history = createHistory();
  await using sink = await startSink({ history, lifeNow: () => 1 });
  await using server = await startBadServer({
    sinkUrl: sink.url,
    treat: (value) => {
      refusals += 1;
      return { ...good(value), status: 503 };
    },
  });
  const senders = startSenders({
    hook: { url: server.url, secret: SECRET, date: () => 0 },
    history,
    count: 1,
    onAnswer: () => void (refusals >= 2 && senders.stop()),
  });
  await senders.finished();
  expect(namesIn(history)).toContain('aborted-read');
});

test('what a sender was told is taken down: refusals as failed, errors and silence as unknown', async () => {
  const history = createHistory();
  const statuses = [429, 401, 500, 504, 503, 507, 202];
  await using sink = await startSink({ history: createHistory(), lifeNow: () => 1 });
  await using server = await startBadServer({
    sinkUrl: sink.url,
    treat: () => ({ status: statuses.shift() ?? 202, calls: [] }),
  });
  const hook = { url: server.url, secret: SECRET, date: () => 0 };
  await startSenders({ hook, history, count: 1, valuesEach: 1 }).finished();
  expect(history.records.filter(({ phase }) => phase !== 'invoke').map(({ status, phase }) => [status, phase])).toEqual(
    [
      [429, 'fail'],
      [401, 'fail'],
      [500, 'info'],
      [504, 'info'],
      [503, 'fail'],
      [507, 'fail'],
      [202, 'ok'],
    ],
  );
});

test('a call belongs to the life in which its connection was made, and one that is cut off has no outcome', async () => {
  const history = createHistory();
  let life = 1;
  await using sink = await startSink({ history, lifeNow: () => life });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = (id: string): Promise<Answer> =>
    post(sink.url, {
      agent,
      headers: { 'idempotency-key': `"m-${id}"` },
      body: JSON.stringify({ id, key: 'k', seq: 0 }),
    });
  await call('a');
  life = 2;
  // Over the connection of the first.
  await call('b');
  const asked = Promise.withResolvers<void>();
  sink.behave(() => {
    asked.resolve();
    return new Promise(() => undefined);
  });
  const cut = call('c');
  await asked.promise;
  agent.destroy();
  expect((await cut).status).toBe(0);
  await expect.poll(() => history.records.at(-1)?.phase).toBe('info');
  expect(history.records.map(({ id, phase, message }) => [id, phase, message])).toEqual([
    ['a', 'invoke', 'm-a'],
    ['a', 'ok', 'm-a'],
    ['b', 'invoke', 'm-b'],
    ['b', 'ok', 'm-b'],
    ['c', 'invoke', 'm-c'],
    ['c', 'info', 'm-c'],
  ]);
  expect(new Set(history.records.slice(0, 4).map(({ proc }) => proc))).toEqual(new Set(['life-1']));
  expect([sink.calls, sink.taken]).toEqual([3, 2]);
});

test('an item of a feed is accepted when the poller asks for what is behind it', async () => {
  const history = createHistory();
  await using feed = await startFeed({ history, pageSize: 2 });
  feed.grow(3);
  const page = async (after: number): Promise<readonly string[]> =>
    ((await (await fetch(`${feed.url}?after=${after}`)).json()) as readonly Value[]).map(({ id }) => id);
  expect(await page(-1)).toEqual(['f-0', 'f-1']);
  expect([feed.passed, feed.length]).toEqual([0, 3]);
  expect(await page(-1)).toEqual(['f-0', 'f-1']);
  expect(await page(1)).toEqual(['f-2']);
  expect(feed.passed).toBe(2);
  expect(history.records.map(({ id, phase }) => `${id} ${phase}`)).toEqual([
    'f-0 invoke',
    'f-1 invoke',
    'f-0 ok',
    'f-1 ok',
    'f-2 invoke',
  ]);
});
