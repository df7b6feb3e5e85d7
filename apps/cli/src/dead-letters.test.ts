import type { DeadLetterList, DeadLetterView, RedriveJobView } from '@sluice/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callSluice } from './testing/call-sluice.ts';
import { startPipelineShelf, type PipelineShelf } from './testing/pipeline-shelf.ts';
import type { Ended } from './testing/run-sluice.ts';

let server: PipelineShelf;
const sluice = (...args: readonly string[]): Promise<Ended> => callSluice([...args, '--server', server.url]);

beforeEach(async () => {
  server = await startPipelineShelf();
});
afterEach(() => server[Symbol.asyncDispose]());

const letter: DeadLetterView = {
  id: 'w1-7-1',
  nodeId: 'ship',
  wireId: 'w1',
  entry: null,
  version: 3,
  reason: 'permanent',
  error: { code: 'target-status', message: 'The target answered 422' },
  cause: 'target-status: The target answered #',
  attempts: 1,
  history: [{ attempt: 1, at: 0, code: 'target-status', message: 'The target answered 422' }],
  messageId: 'm7',
  key: 'k7',
  payload: { order: 7 },
  headers: { 'x-tenant': 'acme' },
  correlationId: 'm7',
  eventTime: 0,
  deadAt: 0,
  editedAt: null,
};
const list = (more: Partial<DeadLetterList>): DeadLetterList => ({
  deadLetters: [],
  counts: { ship: 2_000 },
  discarded: { byHand: 0, byAge: 0, purged: 0 },
  ...more,
});
const job = (more: Partial<RedriveJobView>): RedriveJobView => ({
  id: 'r1',
  state: 'redriving',
  detail: null,
  startedAt: 0,
  endedAt: null,
  letters: 5,
  left: 5,
  redriven: 0,
  worked: 0,
  failedAgain: 0,
  lostSight: 0,
  gone: 0,
  refused: 0,
  ...more,
});

describe('sluice dead-letters', () => {
  test('lists them, newest first', async () => {
    server.answerWith('GET orders/dead-letters', list({ deadLetters: [letter] }));
    const { stdout, status } = await sluice('dead-letters', 'orders');
    const [head, line] = stdout.split('\n').map((text) => text.split(/ {2,}/));
    expect(head).toEqual(['LETTER', 'DIED', 'NODE', 'REASON', 'TRIES', 'KEY', 'ERROR']);
    expect(line?.toSpliced(1, 1)).toEqual(['w1-7-1', 'ship', 'permanent', '1', 'k7', 'The target answered 422']);
    expect(status).toBe(0);
    expect(JSON.parse((await sluice('dead-letters', 'orders', '--json')).stdout)).toEqual(
      list({ deadLetters: [letter] }),
    );
  });

  test('groups them by cause, and asks for those that are meant', async () => {
    const { nodeId, reason, cause } = letter;
    server.answerWith(
      'GET orders/dead-letters?nodeId=ship&groupBy=cause&limit=9',
      list({ groups: [{ nodeId, reason, cause, messages: 2_000, firstAt: 0, lastAt: 0 }] }),
    );
    const { stdout } = await sluice('dead-letters', 'orders', '--group', '--node', 'ship', '--limit', '9');
    expect(stdout).toMatch(
      /^MESSAGES {2}NODE {2}REASON {5,}LAST {2}CAUSE\n {3}2,000 {2}ship {2}permanent .* target-status: The target answered #\n$/,
    );
  });

  test('says that there are none, or none that is meant', async () => {
    server.answerWith('GET orders/dead-letters', list({ counts: {} }));
    expect((await sluice('dead-letters', 'orders')).stdout).toBe('orders has no dead letters.\n');
    server.answerWith('GET orders/dead-letters?since=1767225600000', list({}));
    expect((await sluice('dead-letters', 'orders', '--since', '2026-01-01')).stdout).toBe(
      'None of the 2,000 dead letters of orders is meant.\n',
    );
  });

  test('shows one in full', async () => {
    server.answerWith('GET orders/dead-letters/w1-7-1', letter);
    expect((await sluice('dead-letters', 'orders', 'w1-7-1')).stdout).toBe(
      [
        'w1-7-1: permanent at ship, version 3, 1970-01-01T00:00:00.000Z',
        'cause  target-status: The target answered #',
        'from   w1, message m7, key k7',
        'try 1 1970-01-01T00:00:00.000Z target-status: The target answered 422',
        'header x-tenant: acme',
        '{',
        '  "order": 7',
        '}',
        '',
      ].join('\n'),
    );
  });

  test('throws away one, those that are named, or all, however many calls it takes', async () => {
    server.answerWith('DELETE orders/dead-letters/w1-7-1', null);
    expect((await sluice('dead-letters', 'orders', 'w1-7-1', '--discard')).stdout).toBe('Discarded w1-7-1.\n');
    const [more, rest] = [
      { discarded: 10_000, hasMore: true },
      { discarded: 2_345, hasMore: false },
    ];
    server.answerWith('DELETE orders/dead-letters?cause=late', more, rest);
    expect((await sluice('dead-letters', 'orders', '--discard', '--cause', 'late')).stdout).toBe(
      'Discarded 12,345 dead letters of orders.\n',
    );
    server.answerWith('DELETE orders/dead-letters?all=true', rest);
    expect(JSON.parse((await sluice('dead-letters', 'orders', '--discard', '--all', '--json')).stdout)).toEqual({
      discarded: 2_345,
    });
    expect(server.asked.map(({ what }) => what)).toEqual([
      'DELETE orders/dead-letters/w1-7-1',
      'DELETE orders/dead-letters?cause=late',
      'DELETE orders/dead-letters?cause=late',
      'DELETE orders/dead-letters?all=true',
    ]);
  });
});

describe('sluice redrive', () => {
  const begin = 'POST orders/dead-letters/redrive';

  test('asks for what the options say, tells how far it is, and how it ended', async () => {
    const over = job({ state: 'done', endedAt: 1, left: 0, redriven: 5, worked: 5 });
    server.answerWith(begin, { job: job({ state: 'canary' }) });
    server.answerWith('GET orders/dead-letters/redrive/r1', job({ redriven: 2, worked: 2, left: 3 }), over);
    const options = ['--cause', 'late', '--canary', '2', '--pace', '10/s', '--stop-at', '0.1', '--to-wire', 'w2'];
    expect(await sluice('redrive', 'orders', ...options)).toEqual({
      status: 0,
      stdout: 'done: 5 of 5 redriven, 5 worked, 0 died again, 0 left\n',
      stderr: [
        'canary: 0 of 5 redriven, 0 worked, 0 died again, 5 left\n',
        'redriving: 2 of 5 redriven, 2 worked, 0 died again, 3 left\n',
      ].join(''),
    });
    expect(server.asked).toEqual([
      {
        what: begin,
        body: {
          filter: { cause: 'late' },
          toWire: 'w2',
          pace: '10/s',
          canary: 2,
          stopAtFailureRatio: 0.1,
          dryRun: false,
        },
      },
    ]);
  });

  test('ends with 1 when it stopped early, and says why', async () => {
    const detail = '2 of 2 died again, more than the share of 0.5 that may';
    const stopped = job({ state: 'stopped', endedAt: 1, detail, left: 3, redriven: 2, failedAgain: 2 });
    server.answerWith(begin, { job: stopped });
    expect(await sluice('redrive', 'orders')).toEqual({
      status: 1,
      stdout: `stopped: 2 of 5 redriven, 0 worked, 2 died again, 3 left. ${detail}\n`,
      stderr: '',
    });
  });

  test('only counts in a dry run', async () => {
    const { nodeId, reason, cause } = letter;
    const forecast = {
      messages: 1_998,
      groups: [{ nodeId, reason, cause, messages: 2_000, firstAt: 0, lastAt: 0 }],
      refused: [{ wireId: 'w9', messages: 2 }],
      hasMore: false,
    };
    server.answerWith(begin, { forecast });
    expect((await sluice('redrive', 'orders', '--dry-run')).stdout).toBe(
      [
        '1,998 dead letters of orders would be redriven.',
        '2 would stay: w9 is no more. Name another wire with --to-wire.',
        '',
        'MESSAGES  NODE  REASON     CAUSE',
        '   2,000  ship  permanent  target-status: The target answered #',
        '',
      ].join('\n'),
    );
    expect(server.asked).toEqual([{ what: begin, body: { filter: {}, dryRun: true } }]);
  });

  test('does not wait when it is not to, and can be ended later', async () => {
    server.answerWith(begin, { job: job({}) });
    expect((await sluice('redrive', 'orders', '--detach')).stdout).toBe(
      'Redrive r1 of orders is at work: 5 dead letters.\n',
    );
    const cancelled = job({
      state: 'cancelled',
      endedAt: 1,
      detail: 'Cancelled by hand',
      redriven: 1,
      worked: 1,
      left: 4,
    });
    server.answerWith('DELETE orders/dead-letters/redrive/r1', cancelled);
    expect((await sluice('redrive', 'orders', '--cancel', 'r1')).stdout).toBe(
      'cancelled: 1 of 5 redriven, 1 worked, 0 died again, 4 left. Cancelled by hand\n',
    );
  });

  test('sends one alone', async () => {
    server.answerWith('POST orders/dead-letters/w1-7-1/redrive', { wireId: 'w2', messageId: 'm7' });
    expect((await sluice('redrive', 'orders', 'w1-7-1', '--to-wire', 'w2')).stdout).toBe(
      'Message m7 is on w2 again.\n',
    );
    expect(server.asked).toEqual([{ what: 'POST orders/dead-letters/w1-7-1/redrive', body: { toWire: 'w2' } }]);
  });
});

describe('sluice replay', () => {
  test.each([
    ['earliest', 'earliest'],
    ['2026-01-01T00:00:00Z', { time: '2026-01-01T00:00:00Z' }],
    ['3:120', { partition: 3, position: 120 }],
  ])('begins at %s', async (text, from) => {
    const what = 'POST orders/wires/w1/replay';
    server.answerWith(what, { id: 'r1', startedAt: 0, freshIds: false, messages: 4_000 });
    expect((await sluice('replay', 'orders', 'w1', '--from', text)).stdout).toBe(
      'w1 of orders delivers 4,000 messages again, as replay r1.\n',
    );
    expect(server.asked).toEqual([{ what, body: { from, freshIds: false } }]);
  });
});
