import type { HttpAnswer, HttpCall, Json, PreparedPullSource } from '@sluice/engine';
import { describe, expect, test } from 'vitest';
import { anAnswer, aPoll, createNodeBench, type NodeBench, NOON } from '../testing/node-bench.ts';
import { httpPollBehaviour } from './behaviour.ts';

const url = 'https://api.example.com/orders';

/** Polls again and again as the engine does: each poll starts from what the last one committed. */
function aPoller(bench: NodeBench, node: PreparedPullSource) {
  let cursor: Json | undefined;
  return {
    bench,
    async poll(now = NOON) {
      const page = await node.poll(aPoll(cursor, now));
      const before = cursor;
      if (page.cursor !== undefined) cursor = page.cursor;
      return {
        ...page,
        before,
        payloads: page.outputs.map(({ payload }) => payload),
        ids: page.outputs.map(({ identity }) => identity),
      };
    },
    /** The process died after the poll: nothing of it was committed. */
    async pollAndCrash() {
      const page = await node.poll(aPoll(cursor));
      return page.outputs.map(({ identity }) => identity);
    },
    get cursor() {
      return cursor;
    },
  };
}

async function polling(config: Readonly<Record<string, unknown>>, answer: (call: HttpCall) => HttpAnswer) {
  const bench = createNodeBench(httpPollBehaviour, { answer, secrets: { token: 'Bearer t0ps3cret' } });
  return aPoller(bench, await bench.prepare('pull-source', { url, ...config }));
}

const sentParam = (call: HttpCall | undefined, name: string) => new URL(call?.url ?? '').searchParams.get(name);

describe('without a cursor', () => {
  test('each item is given once, however often the page comes', async () => {
    const pages = [
      [{ id: 1 }, { id: 2 }],
      [{ id: 1 }, { id: 2 }, { id: 3 }],
      [{ id: 3 }, { id: 1 }],
    ];
    let page = 0;
    const poller = await polling({}, () => anAnswer(200, pages[page++]));
    expect((await poller.poll()).payloads).toEqual([{ id: 1 }, { id: 2 }]);
    expect((await poller.poll()).payloads).toEqual([{ id: 3 }]);
    expect((await poller.poll()).payloads).toEqual([]);
  });

  test('an item that changed is another one, unless ids say otherwise', async () => {
    const pages = () => {
      let page = 0;
      return () => anAnswer(200, [{ id: 1, state: ['new', 'paid'][page++] }]);
    };
    const byContent = await polling({}, pages());
    await byContent.poll();
    expect((await byContent.poll()).payloads).toEqual([{ id: 1, state: 'paid' }]);
    const byId = await polling({ id: 'id' }, pages());
    await byId.poll();
    expect((await byId.poll()).payloads).toEqual([]);
  });

  test('the order of fields makes no difference', async () => {
    const pages = ['[{"a":1,"b":{"c":1,"d":2}}]', '[{"b":{"d":2,"c":1},"a":1}]'];
    let page = 0;
    const poller = await polling({}, () => anAnswer(200, pages[page++]));
    await poller.poll();
    expect((await poller.poll()).payloads).toEqual([]);
  });

  test('an item that comes twice in a page is given once', async () => {
    const poller = await polling({}, () => anAnswer(200, [{ id: 1 }, { id: 1 }]));
    expect((await poller.poll()).payloads).toEqual([{ id: 1 }]);
  });

  test('a poll that changes nothing commits nothing', async () => {
    const poller = await polling({}, () => anAnswer(200, [{ id: 1 }]));
    expect(await poller.poll()).toHaveProperty('cursor');
    expect(await poller.poll()).not.toHaveProperty('cursor');
  });
});

describe('the items of a page', () => {
  test.each<[string, unknown, unknown[]]>([
    ['the response itself', [1, 2], [1, 2]],
    ['a response that is one thing', { id: 1 }, [{ id: 1 }]],
    ['nothing', '', []],
    ['null', 'null', []],
  ])('%s', async (_name, body, payloads) => {
    const poller = await polling({}, () => anAnswer(200, body));
    expect((await poller.poll()).payloads).toEqual(payloads);
  });

  test.each<[unknown, unknown[]]>([
    [{ data: { orders: [{ id: 1 }] } }, [{ id: 1 }]],
    [{ data: { orders: [] } }, []],
    [{ data: null }, []],
  ])('found in %j by an expression', async (body, payloads) => {
    const poller = await polling({ items: 'data.orders' }, () => anAnswer(200, body));
    expect((await poller.poll()).payloads).toEqual(payloads);
  });

  test('carry their key', async () => {
    const bench = createNodeBench(httpPollBehaviour, { answer: () => anAnswer(200, [{ id: 1, customer: 'c1' }]) });
    const node = await bench.prepare('pull-source', { url, key: 'customer' });
    expect((await node.poll(aPoll(undefined))).outputs[0]?.key).toBe('c1');
  });
});

describe('a cursor by the highest value', () => {
  const cursor = { kind: 'max', value: 'at', param: 'since' };

  test('is sent from the second poll on, and comes from the items, not from the clock', async () => {
    const pages = [
      [
        { id: 'b', at: '2026-05-01T10:00:02Z' },
        { id: 'a', at: '2026-05-01T10:00:01Z' },
      ],
      [],
    ];
    let page = 0;
    const poller = await polling({ cursor, id: 'id' }, () => anAnswer(200, pages[page++]));
    // Oldest first, whatever the order of the page.
    expect((await poller.poll()).payloads).toEqual([pages[0]![1], pages[0]![0]]);
    await poller.poll();
    expect(poller.bench.calls.map((call) => sentParam(call, 'since'))).toEqual([null, '2026-05-01T10:00:02Z']);
  });

  test('begins where it is told', async () => {
    const poller = await polling({ cursor: { ...cursor, initial: 500, overlap: '1m' } }, () => anAnswer(200, []));
    await poller.poll();
    await poller.poll();
    expect(poller.bench.calls.map((call) => sentParam(call, 'since'))).toEqual(['500', '500']);
  });

  test('keeps the other parameters of the address', async () => {
    const poller = await polling({ url: `${url}?limit=10&since=x`, cursor: { ...cursor, initial: 'a b&c' } }, () =>
      anAnswer(200, []),
    );
    await poller.poll();
    expect(poller.bench.calls[0]?.url).toBe(`${url}?limit=10&since=a+b%26c`);
  });

  test('drops what a source that counts the boundary in gives again, but not its late neighbour', async () => {
    const pages = [
      [
        { id: 1, at: 10 },
        { id: 2, at: 20 },
      ],
      [
        { id: 2, at: 20 },
        { id: 3, at: 20 },
      ],
      [
        { id: 2, at: 20 },
        { id: 3, at: 20 },
      ],
    ];
    let page = 0;
    const poller = await polling({ cursor, id: 'id' }, () => anAnswer(200, pages[page++]));
    await poller.poll();
    expect((await poller.poll()).payloads).toEqual([{ id: 3, at: 20 }]);
    expect((await poller.poll()).payloads).toEqual([]);
  });

  test('never goes back', async () => {
    const pages = [[{ id: 1, at: 30 }], [{ id: 2, at: 10 }], []];
    let page = 0;
    const poller = await polling({ cursor, id: 'id' }, () => anAnswer(200, pages[page++]));
    await poller.poll();
    expect((await poller.poll()).payloads).toEqual([{ id: 2, at: 10 }]);
    await poller.poll();
    expect(sentParam(poller.bench.calls[2], 'since')).toBe('30');
  });

  test('gives a record that changed as a new message', async () => {
    const pages = [[{ id: 1, at: 10 }], [{ id: 1, at: 20 }]];
    let page = 0;
    const poller = await polling({ cursor, id: 'id' }, () => anAnswer(200, pages[page++]));
    const first = await poller.poll();
    const second = await poller.poll();
    expect(second.payloads).toEqual([{ id: 1, at: 20 }]);
    expect(second.ids).not.toEqual(first.ids);
  });

  test('gives an item without a value, and does not move by it', async () => {
    const poller = await polling({ cursor, id: 'id' }, () => anAnswer(200, [{ id: 1 }, { id: 2, at: 5 }]));
    expect((await poller.poll()).payloads).toHaveLength(2);
    expect((await poller.poll()).payloads).toEqual([]);
    expect(sentParam(poller.bench.calls[1], 'since')).toBe('5');
  });

  test.each<[string, unknown[], string]>([
    ['an object', [{ at: {} }], 'cursor-not-a-value'],
    ['numbers and texts', [{ at: 1 }, { at: 'x' }], 'cursor-mixed'],
  ])('that is %s is an error that says so', async (_name, body, code) => {
    const poller = await polling({ cursor }, () => anAnswer(200, body));
    await expect(poller.poll()).rejects.toMatchObject({ code, retryable: false });
  });

  test('marks the time of the message, where it is one', async () => {
    const bench = createNodeBench(httpPollBehaviour, {
      answer: () => anAnswer(200, [{ at: '2026-05-01T12:00:00+02:00' }]),
    });
    const node = await bench.prepare('pull-source', { url, cursor });
    expect((await node.poll(aPoll(undefined))).outputs[0]?.eventTime).toBe(Date.UTC(2026, 4, 1, 10));
  });
});

describe('an overlap', () => {
  const cursor = { kind: 'max', value: 'at', param: 'since', overlap: '1m' };
  const at = (second: number) => new Date(NOON + second * 1_000).toISOString();

  test('asks again for what lies before, finds what came late, and gives nothing twice', async () => {
    const records = [
      { id: 1, at: at(0) },
      { id: 2, at: at(90) },
    ];
    const serve = (call: HttpCall) => {
      const since = sentParam(call, 'since');
      return anAnswer(
        200,
        records.filter((record) => since === null || record.at >= since),
      );
    };
    const poller = await polling({ cursor, id: 'id' }, serve);
    expect((await poller.poll()).payloads).toHaveLength(2);
    // Committed at the source after a later one, as transactions do.
    records.push({ id: 3, at: at(40) });
    expect((await poller.poll()).payloads).toEqual([{ id: 3, at: at(40) }]);
    expect((await poller.poll()).payloads).toEqual([]);
    expect(poller.bench.calls.map((call) => sentParam(call, 'since'))).toEqual([null, at(30), at(30)]);
  });

  test('is written as the value is', async () => {
    const poller = await polling({ cursor: { ...cursor, overlap: '10ms' } }, () => anAnswer(200, [{ at: NOON }]));
    await poller.poll();
    await poller.poll();
    expect(sentParam(poller.bench.calls[1], 'since')).toBe(String(NOON - 10));
  });

  test('of what is no time is an error that says so', async () => {
    const poller = await polling({ cursor }, () => anAnswer(200, [{ at: 'v17' }]));
    await expect(poller.poll()).rejects.toMatchObject({ code: 'cursor-not-a-time', retryable: false });
  });

  test('that holds more than a page does not hold the poller up', async () => {
    const records = Array.from({ length: 50 }, (_, index) => ({ id: index, at: at(index) }));
    const serve = (call: HttpCall) => {
      const since = sentParam(call, 'since');
      return anAnswer(200, records.filter((record) => since === null || record.at >= since).slice(0, 10));
    };
    const poller = await polling({ cursor, id: 'id' }, serve);
    const given: Json[] = [];
    for (let poll = 0; poll < 14; poll += 1) given.push(...(await poller.poll()).payloads);
    expect(given).toEqual(records);
  });
});

describe('a cursor by token', () => {
  const cursor = { kind: 'token', value: 'next', param: 'cursor' };
  const pages: Record<string, unknown> = {
    start: { orders: [{ id: 1 }, { id: 2 }], next: 'p2' },
    p2: { orders: [{ id: 3 }], next: null },
  };
  const serve = (call: HttpCall) => anAnswer(200, pages[sentParam(call, 'cursor') ?? 'start']);

  test('goes from page to page at once, and stays at the last', async () => {
    const poller = await polling({ cursor, items: 'orders', id: 'id' }, serve);
    expect(await poller.poll()).toMatchObject({ payloads: [{ id: 1 }, { id: 2 }], nextPollMs: 0 });
    const last = await poller.poll();
    expect(last.payloads).toEqual([{ id: 3 }]);
    expect(last.nextPollMs).toBeGreaterThan(0);
    expect((await poller.poll()).payloads).toEqual([]);
    expect(poller.bench.calls.map((call) => sentParam(call, 'cursor'))).toEqual([null, 'p2', 'p2']);
  });

  test('gives what is added to the last page, and nothing of it twice', async () => {
    const poller = await polling({ cursor, items: 'orders', id: 'id' }, serve);
    await poller.poll();
    await poller.poll();
    pages['p2'] = { orders: [{ id: 3 }, { id: 4 }], next: 'p3' };
    pages['p3'] = { orders: [] };
    expect((await poller.poll()).payloads).toEqual([{ id: 4 }]);
    expect((await poller.poll()).payloads).toEqual([]);
    expect(sentParam(poller.bench.calls.at(-1), 'cursor')).toBe('p3');
  });

  test('does not hurry when a fresh token brings nothing', async () => {
    let token = 0;
    const poller = await polling({ cursor, items: 'orders' }, () =>
      anAnswer(200, { orders: [], next: `t${(token += 1)}` }),
    );
    expect((await poller.poll()).nextPollMs).toBeGreaterThan(1_000);
  });
});

describe('after a crash', () => {
  test('a page that is asked for again gives the same ids, also when it has grown or its order has changed', async () => {
    let records = [
      { id: 1, at: 10 },
      { id: 2, at: 20 },
    ];
    const poller = await polling({ cursor: { kind: 'max', value: 'at', param: 'since' }, id: 'id' }, () =>
      anAnswer(200, records),
    );
    const lost = await poller.pollAndCrash();
    records = [
      { id: 3, at: 15 },
      { id: 2, at: 20 },
      { id: 1, at: 10 },
    ];
    const again = await poller.poll();
    expect(again.ids).toEqual(['1@10', '3@15', '2@20']);
    expect(lost).toEqual(['1@10', '2@20']);
  });

  test('a position that is none of ours is refused', async () => {
    const bench = createNodeBench(httpPollBehaviour, { answer: () => anAnswer(200, []) });
    const node = await bench.prepare('pull-source', { url });
    await expect(node.poll(aPoll({ made: 3 }))).rejects.toMatchObject({ code: 'cursor-invalid', retryable: false });
  });
});

describe('an answer that nothing has changed', () => {
  test('is asked for with the validators of the last one', async () => {
    const answers = [
      anAnswer(200, [{ id: 1 }], { etag: '"v1"', 'last-modified': 'Mon, 01 Jun 2026 10:00:00 GMT' }),
      anAnswer(304),
      anAnswer(200, [{ id: 1 }, { id: 2 }], { etag: '"v2"' }),
      anAnswer(304),
    ];
    let poll = 0;
    const poller = await polling({}, () => answers[poll++]!);
    await poller.poll();
    expect(await poller.poll()).toMatchObject({ outputs: [] });
    expect((await poller.poll()).payloads).toEqual([{ id: 2 }]);
    await poller.poll();
    expect(poller.bench.calls.map(({ headers }) => [headers['if-none-match'], headers['if-modified-since']])).toEqual([
      [undefined, undefined],
      ['"v1"', 'Mon, 01 Jun 2026 10:00:00 GMT'],
      ['"v1"', 'Mon, 01 Jun 2026 10:00:00 GMT'],
      ['"v2"', undefined],
    ]);
  });

  test('is not asked for where the cursor has moved: the address is another', async () => {
    const poller = await polling({ cursor: { kind: 'max', value: 'at', param: 'since' } }, () =>
      anAnswer(200, [{ at: 1 }], { etag: '"v1"' }),
    );
    await poller.poll();
    await poller.poll();
    await poller.poll();
    expect(poller.bench.calls.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined, '"v1"']);
  });
});

describe('the interval', () => {
  const waits = async (bodies: readonly unknown[], config: Record<string, unknown> = {}) => {
    let poll = 0;
    const poller = await polling({ interval: '60s', ...config }, () => anAnswer(200, bodies[poll++]));
    const result: number[] = [];
    for (const _ of bodies) result.push((await poller.poll()).nextPollMs);
    return result;
  };
  const about = (ms: number): unknown => expect.toSatisfy((wait: number) => wait >= ms * 0.8 && wait <= ms * 1.2);

  test('halves while something comes, down to its bound', async () => {
    expect(await waits([[1], [2], [3], [4]])).toEqual([about(30_000), about(15_000), about(15_000), about(15_000)]);
    expect(await waits([[1], [2], [3]], { minInterval: '5s' })).toEqual([about(30_000), about(15_000), about(7_500)]);
  });

  test('grows while nothing comes, up to its bound', async () => {
    expect(await waits([[], [], [], [], []])).toEqual([
      about(90_000),
      about(135_000),
      about(202_500),
      about(240_000),
      about(240_000),
    ]);
    expect(await waits([[], []], { maxInterval: '60s' })).toEqual([about(60_000), about(60_000)]);
  });

  test('begins within five seconds, by chance', async () => {
    const bench = createNodeBench(httpPollBehaviour);
    const node = await bench.prepare('pull-source', { url });
    const first = (chance: number) =>
      node.firstPollMs({ now: () => NOON, random: { next: () => chance }, cursor: undefined });
    expect([first(0), first(0.5), first(0.999)]).toEqual([0, 2_500, 4_995]);
  });

  test.each([
    { interval: '10s', minInterval: '20s' },
    { interval: '10s', maxInterval: '5s' },
    { interval: '1ms' },
    { interval: 'soon' },
  ])('%j is refused', async (config) => {
    const bench = createNodeBench(httpPollBehaviour);
    await expect(bench.prepare('pull-source', { url, ...config })).rejects.toMatchObject({ code: 'config-invalid' });
  });
});

describe('a poll fails', () => {
  test.each<[number, Record<string, string>, Record<string, unknown>]>([
    [429, { 'retry-after': '60' }, { retryable: true, targetFailed: true, retryAfterMs: 60_000 }],
    [
      503,
      { 'retry-after': 'Mon, 01 Jun 2026 12:01:00 GMT' },
      { retryable: true, targetFailed: true, retryAfterMs: 60_000 },
    ],
    [500, {}, { retryable: true, targetFailed: true }],
    [401, {}, { retryable: false, targetFailed: false }],
    [302, { location: 'http://localhost/' }, { retryable: false }],
  ])('by status %i', async (status, headers, outcome) => {
    const poller = await polling({}, () => anAnswer(status, '', headers));
    await expect(poller.poll()).rejects.toMatchObject({ code: 'target-status', ...outcome });
  });

  test.each<[string, HttpAnswer, Record<string, unknown>]>([
    ['that is no JSON', anAnswer(200, '<html>'), { code: 'response-not-json', retryable: true, targetFailed: true }],
    ['that is too long', { ...anAnswer(200, '[1'), truncated: true }, { code: 'response-too-large', retryable: false }],
    [
      'that holds too many items',
      anAnswer(
        200,
        Array.from({ length: 10_001 }, (_, index) => index),
      ),
      { code: 'response-too-large', retryable: false },
    ],
    ['that holds a dangerous name', anAnswer(200, '[{"__proto__":1}]'), { code: 'response-refused', retryable: false }],
  ])('by a response %s', async (_name, answer, outcome) => {
    const poller = await polling({}, () => answer);
    await expect(poller.poll()).rejects.toMatchObject(outcome);
    expect(poller.cursor).toBeUndefined();
  });

  test('without showing what it was sent with', async () => {
    const poller = await polling({ headers: { authorization: { $secret: 'token' } } }, (call) =>
      anAnswer(403, `no: ${call.headers['authorization']}`),
    );
    await expect(poller.poll()).rejects.toMatchObject({ message: 'The target answered 403: no: [secret]' });
  });
});

test('a call asks for JSON, with its headers, and takes up to four mebibytes', async () => {
  const poller = await polling({ headers: { authorization: { $secret: 'token' }, 'x-tenant': 'acme' } }, () =>
    anAnswer(200, []),
  );
  await poller.poll();
  expect(poller.bench.calls[0]).toMatchObject({
    method: 'GET',
    url,
    timeoutMs: 5_000,
    maxBodyBytes: 4_194_304,
    headers: { accept: 'application/json', authorization: 'Bearer t0ps3cret', 'x-tenant': 'acme' },
  });
});
