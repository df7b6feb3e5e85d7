import type { Health, Pipeline } from '@sluice/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { intoALog } from '../../testing/some-documents.ts';
import { testApi } from '../../testing/test-api.ts';

const api = testApi();

afterEach(() => {
  api.state.current = { phase: 'ready' };
  delete api.state.diskTrouble;
  delete api.state.isDiskShort;
});

test('a process that works is alive and ready', async () => {
  expect((await api.call('readHealth')).body).toEqual({ status: 'ok' });
  expect((await api.call('readLiveness')).body).toEqual({ status: 'ok' });
  expect((await api.call('readReadiness')).body).toEqual({ status: 'ok' });
  expect((await api.call('readReadiness', { query: { verbose: '' } })).body).toEqual({
    status: 'ok',
    checks: { process: { ok: true }, store: { ok: true }, database: { ok: true }, disk: { ok: true } },
  });
});

test('a process that stops is alive, but not ready', async () => {
  api.state.current = { phase: 'stopping' };
  expect((await api.call('readLiveness')).status).toBe(200);
  const { status, body } = await api.refusal('readReadiness');
  expect([status, body.code, body.detail]).toEqual([503, 'not-ready', 'Not ready: process.']);
});

test('a process whose disk does not answer is alive, but not ready, and says why', async () => {
  api.state.diskTrouble = () => 'the disk has owed the answer to a write for 7 s';
  expect((await api.call('readLiveness')).status).toBe(200);
  const { status, body } = await api.refusal('readReadiness');
  expect([status, body.detail, body]).toMatchObject([
    503,
    'Not ready: store.',
    { checks: { store: { ok: false, detail: 'the disk has owed the answer to a write for 7 s' } } },
  ]);
});

test('a process whose disk is nearly full is ready, for people have to get in, and says so', async () => {
  api.state.isDiskShort = () => true;
  expect((await api.call<Health>('readReadiness')).body).toEqual({
    status: 'ok',
    checks: { disk: { ok: false, detail: 'nearly full: sources are held, and what was accepted is worked off' } },
  });
  api.state.isDiskShort = () => false;
  expect((await api.call<Health>('readReadiness')).body).toEqual({ status: 'ok' });
});

test('a process whose store has failed is not alive', async () => {
  api.state.current = { phase: 'failing', detail: 'disk full' };
  expect((await api.refusal('readLiveness')).status).toBe(503);
});

test('figures are there for Prometheus', async () => {
  const { id, name } = (await api.call<Pipeline>('createPipeline', { body: intoALog() })).body;
  await api.call('deploy', { params: { id } });
  await fetch(`${api.url}/hooks/${name}/in`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  await vi.waitFor(async () => {
    const { headers, body } = await api.call<string>('readMetrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain(`sluice_messages_accepted_total{pipeline="${name}",node="in"} 1\n`);
    expect(body).toContain(`sluice_messages_delivered_total{pipeline="${name}",node="out"} 1\n`);
    expect(body).toContain(`sluice_queue_depth{pipeline="${name}",wire="in-out",delivery="pull"} 0\n`);
    expect(body).toMatch(/^sluice_store_flush_duration_seconds_bucket\{le="\+Inf"\} \d+$/m);
    expect(body).toMatch(/^sluice_event_loop_lag_seconds \d/m);
    for (const line of body.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="([^"\\]|\\.)*",?)*\})? -?[\d.]+(e[+-]?\d+)?)$/);
    }
  });
});
