import { MantineProvider } from '@mantine/core';
import type { DeadLetterView, RedriveJobView } from '@sluice/protocol';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeadLettersPanel } from './dead-letters-panel.tsx';

const letter = (id: string, more: Partial<DeadLetterView> = {}): DeadLetterView => ({
  id,
  nodeId: 'ship',
  wireId: 'w1',
  entry: null,
  version: 1,
  reason: 'permanent',
  error: { code: 'target-status', message: `The target answered 422 to ${id}` },
  cause: 'target-status: The target answered # to "…"',
  attempts: 1,
  history: [{ attempt: 1, at: 0, code: 'target-status', message: 'The target answered 422' }],
  messageId: `m-${id}`,
  key: '',
  payload: { order: id },
  headers: {},
  correlationId: `m-${id}`,
  eventTime: 0,
  deadAt: 0,
  editedAt: null,
  ...more,
});
const job: RedriveJobView = {
  id: 'r1',
  state: 'stopped',
  detail: '10 of 10 died again, more than the share of 0.5 that may',
  startedAt: 0,
  endedAt: 1,
  letters: 2_000,
  left: 1_990,
  redriven: 10,
  worked: 0,
  failedAgain: 10,
  lostSight: 0,
  gone: 0,
  refused: 0,
};

/** A server that has two thousand dead letters of two causes, and remembers what it was asked to do. */
const asked: { method: string; path: string; body: unknown }[] = [];
let letters: DeadLetterView[];
let jobs: RedriveJobView[];
const trueFetch = globalThis.fetch;

function answer(method: string, path: string, body: unknown): unknown {
  const [, , , , , , ...rest] = path.split('?')[0]?.split('/') ?? [];
  if (method === 'GET' && rest[0] === 'redrive') return { jobs };
  if (method === 'GET') {
    const counts = { ship: 1_998, bill: 2 };
    const discarded = { byHand: 0, byAge: 0, purged: 0 };
    if (!path.includes('groupBy')) return { deadLetters: letters, counts, discarded };
    const about = { reason: 'permanent', firstAt: 0, lastAt: 0 };
    const groups = [
      { nodeId: 'ship', cause: letter('').cause, messages: 1_998, ...about },
      { nodeId: 'bill', cause: 'no-total: The total is missing', messages: 2, ...about },
    ];
    return { deadLetters: [], groups, counts, discarded };
  }
  if ((body as { dryRun?: boolean } | undefined)?.dryRun === true)
    return { forecast: { messages: 1_990, groups: [], refused: [{ wireId: 'w9', messages: 8 }], hasMore: false } };
  asked.push({ method, path, body });
  if (method === 'PATCH') return letter('d1', { ...(body as object), editedAt: 1 });
  if (method === 'DELETE') return { discarded: 1_998, hasMore: false };
  if (rest[1] === 'redrive') return { wireId: 'w1', messageId: 'm-d1' };
  jobs = [job];
  return { job };
}

beforeEach(() => {
  asked.length = 0;
  letters = [letter('d2'), letter('d1')];
  jobs = [];
  globalThis.fetch = async (input, init) => {
    const { body } = init ?? {};
    const path = typeof input === 'string' ? input : '';
    const content = answer(
      init?.method ?? 'GET',
      path,
      typeof body === 'string' ? (JSON.parse(body) as unknown) : undefined,
    );
    return new Response(JSON.stringify(content), { headers: { 'content-type': 'application/json' } });
  };
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <DeadLettersPanel
          pipelineId="p"
          nodeId={null}
          nodeName={(id) => (id === 'ship' ? 'Ship' : 'Bill')}
          wires={[{ id: 'w2', name: 'In → Bill' }]}
        />
      </QueryClientProvider>
    </MantineProvider>,
  );
});
afterEach(() => {
  globalThis.fetch = trueFetch;
});

const click = async (name: string | RegExp): Promise<void> => {
  fireEvent.click(await screen.findByRole('button', { name }));
};

test('two thousand failures are two causes', async () => {
  const causes = await screen.findByRole('list', { name: 'Causes' });
  expect(
    within(causes)
      .getAllByRole('button')
      .map((row) => row.textContent),
  ).toEqual([
    expect.stringMatching(/^1,998 · Ship · Permanent .* ago.*target answered # to/),
    expect.stringMatching(/^2 · Bill · Permanent .* ago.*The total is missing/),
  ]);
  expect(await screen.findByText('Permanent at Ship: 1,998 dead letters')).toBeDefined();
});

test('all of a cause are redriven, some of them first, when their number is known', async () => {
  await click('Redrive all 1,998');
  const dialog = await screen.findByRole('dialog', { name: 'Redrive dead letters' });
  expect(await within(dialog).findByText(/1,990 messages will go back to where they came from/)).toBeDefined();
  expect(within(dialog).getByText('8 dead letters would stay')).toBeDefined();
  fireEvent.change(within(dialog).getByLabelText('At most'), { target: { value: 'fast' } });
  expect(within(dialog).getByText(/not a rate/)).toBeDefined();
  expect(within(dialog).getByRole('button', { name: 'Redrive 10, then 1,980' }).hasAttribute('disabled')).toBe(true);
  fireEvent.change(within(dialog).getByLabelText('At most'), { target: { value: '50/s' } });
  await click('Redrive 10, then 1,980');
  expect(
    await screen.findByText(/^Redrive stopped by itself: 10 of 2,000 messages redriven, 0 worked, 10 died again/),
  ).toBeDefined();
  expect(asked).toEqual([
    {
      method: 'POST',
      path: '/api/v1/pipelines/p/dead-letters/redrive',
      body: {
        filter: { nodeId: 'ship', reason: 'permanent', cause: letter('').cause },
        stopAtFailureRatio: 0.5,
        canary: 10,
        pace: '50/s',
      },
    },
  ]);
  await click('Close the result of the redrive');
  expect(screen.queryByRole('status', { name: 'Redrive' })).toBeNull();
});

test('one letter is opened, edited and redriven', async () => {
  await click(/^m-d1/);
  expect(await screen.findByText('Permanent at Ship: The target answered 422 to d1')).toBeDefined();
  await click('Edit');
  const dialog = await screen.findByRole('dialog', { name: 'Edit dead letter' });
  const payload = within(dialog).getByLabelText('Payload');
  fireEvent.change(payload, { target: { value: '{ "order": ' } });
  expect(within(dialog).getByText(/This is not JSON/)).toBeDefined();
  expect(within(dialog).getByRole('button', { name: 'Save' }).hasAttribute('disabled')).toBe(true);
  fireEvent.change(payload, { target: { value: '{ "order": "repaired" }' } });
  await click('Save');
  expect(await screen.findByText(/^Edited /)).toBeDefined();
  await click('Redrive');
  expect(await screen.findByText('Permanent at Ship: 1,998 dead letters')).toBeDefined();
  expect(asked).toEqual([
    { method: 'PATCH', path: '/api/v1/pipelines/p/dead-letters/d1', body: { payload: { order: 'repaired' } } },
    { method: 'POST', path: '/api/v1/pipelines/p/dead-letters/d1/redrive', body: {} },
  ]);
});

test('throwing a cause away asks first', async () => {
  await click('Discard');
  await click('Keep them');
  expect(asked).toEqual([]);
  await click('Discard');
  await click('Discard 1,998 dead letters');
  await expect.poll(() => asked.map(({ method }) => method)).toEqual(['DELETE']);
  expect(new URL(asked[0]?.path ?? '', 'http://x').searchParams.get('cause')).toBe(letter('').cause);
});
