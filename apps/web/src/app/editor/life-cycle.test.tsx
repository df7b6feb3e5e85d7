import { MantineProvider } from '@mantine/core';
import type { Deployment } from '@sluice/protocol';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LifeCycle } from './life-cycle.tsx';

const asked: string[] = [];
const trueFetch = globalThis.fetch;

beforeEach(() => {
  asked.length = 0;
  globalThis.fetch = (input, init) => {
    const address = input instanceof Request ? input.url : input.toString();
    asked.push(`${init?.method ?? 'GET'} ${address}`);
    return Promise.resolve(Response.json({ version: 1, state: 'draining' }));
  };
});

afterEach(() => {
  globalThis.fetch = trueFetch;
});

function show(state: Deployment['state']): void {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <LifeCycle pipelineId="p1" title="Orders" state={state} onChanged={() => undefined} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const buttons = (): (string | null)[] =>
  screen.getAllByRole('button').map((button) => button.getAttribute('aria-label') ?? button.textContent);

test('a running pipeline drains after it was said what that does', async () => {
  show('running');
  expect(buttons()).toEqual(['Pause', 'Drain', 'Stop']);
  fireEvent.click(screen.getByRole('button', { name: 'Drain' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Drain Orders?' }));
  expect(dialog.getByText(/Webhooks are refused with 503 and pollers stop/)).toBeTruthy();
  fireEvent.click(dialog.getByRole('button', { name: 'Drain pipeline' }));
  await vi.waitFor(() => expect(asked).toEqual(['POST /api/v1/pipelines/p1/drain']));
});

test('nothing is done where the question is taken back', async () => {
  show('paused');
  expect(buttons()).toEqual(['Resume', 'Drain', 'Stop']);
  fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Stop Orders?' }));
  fireEvent.click(dialog.getByRole('button', { name: 'Keep it paused' }));
  expect(asked).toEqual([]);
});

test('a drain is cancelled by resuming', async () => {
  show('draining');
  expect(buttons()).toEqual(['Cancel drain', 'Stop']);
  fireEvent.click(screen.getByRole('button', { name: 'Cancel drain' }));
  await vi.waitFor(() => expect(asked).toEqual(['POST /api/v1/pipelines/p1/resume']));
});

test('what is out of operation can only be resumed', () => {
  show('failed');
  expect(buttons()).toEqual(['Resume']);
});
