import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from './free-port.ts';
import { startRecordingTarget, type RecordingTarget } from './recording-target.ts';

describe('a recording target', () => {
  let target: RecordingTarget;

  beforeEach(async () => {
    target = await startRecordingTarget();
  });
  afterEach(() => target.close());

  const send = (id: string): Promise<Response> =>
    fetch(`${target.url}/ship`, { method: 'POST', headers: { 'idempotency-key': id }, body: `body of ${id}` });

  test('keeps what arrives, in order', async () => {
    await send('a');
    await send('b');
    expect(target.received.map(({ method, path, body, id, status }) => ({ method, path, body, id, status }))).toEqual([
      { method: 'POST', path: '/ship', body: 'body of a', id: 'a', status: 200 },
      { method: 'POST', path: '/ship', body: 'body of b', id: 'b', status: 200 },
    ]);
  });

  test('fails as told, and does not count that as delivered', async () => {
    target.behave({ kind: 'failing', status: 503, retryAfterSeconds: 7 });
    const answer = await send('a');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7']);
    target.behave({ kind: 'well', status: 201, body: 'done' });
    const second = await send('a');
    expect([second.status, await second.text()]).toEqual([201, 'done']);
    expect(target.received).toHaveLength(2);
    expect(target.deliveredIds()).toEqual(['a']);
  });

  test('holds answers back until they are released', async () => {
    target.behave({ kind: 'hanging' });
    const answer = send('a');
    await target.receives(1);
    target.release();
    expect((await answer).status).toBe(200);
  });

  test('answers late when slow, and at once when it recovers', async () => {
    target.behave({ kind: 'slow', delayMs: 1 });
    expect((await send('a')).status).toBe(200);
    target.behave({ kind: 'slow', delayMs: 60_000 });
    const answer = send('b');
    await target.receives(2);
    target.behave({ kind: 'well' });
    expect((await answer).status).toBe(200);
  });

  test('cuts connections when it goes down, and comes up at the same address', async () => {
    target.behave({ kind: 'hanging' });
    const cut = send('a');
    await target.receives(1);
    await Promise.all([expect(cut).rejects.toThrow('fetch failed'), target.goDown()]);
    await expect(send('b')).rejects.toThrow('fetch failed');
    await target.comeUp();
    target.behave({ kind: 'well' });
    expect((await send('c')).status).toBe(200);
    expect(target.received.map(({ id }) => id)).toEqual(['a', 'c']);
  });

  test('tells who still waits that it was closed', async () => {
    const waiting = target.receives(1);
    await Promise.all([expect(waiting).rejects.toThrow('closed after 0 of 1 requests'), target.close()]);
  });
});

test('a free port can be listened on', async () => {
  const port = await freePort();
  expect(port).toBeGreaterThan(1_023);
});
