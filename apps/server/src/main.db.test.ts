import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pipeline } from '@sluice/protocol';
import { freePort } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { intoALog } from './testing/some-documents.ts';
import { spawnServer } from './testing/spawn-server.ts';

/** Starting includes making a PostgreSQL cluster, on a machine that may be busy. */
const PATIENCE_MS = 90_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-server-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

async function request(
  url: string,
  method: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

test(
  'a server runs, keeps its folder to itself, stops in good order and comes back with what was deployed',
  async () => {
    const dataDir = join(folder, 'data');
    const document = intoALog();
    {
      await using server = spawnServer({ SLUICE_DATA_DIR: dataDir });
      const url = await server.running;
      expect((await request(`${url}/readyz`, 'GET')).status).toBe(200);
      const { id } = (await request(`${url}/api/v1/pipelines`, 'POST', document)).body as Pipeline;
      expect((await request(`${url}/api/v1/pipelines/${id}/deploy`, 'POST')).status).toBe(200);
      expect((await request(`${url}/hooks/${document.name}/in`, 'POST', { id: 1 })).status).toBe(202);

      const second = await spawnServer({ SLUICE_DATA_DIR: dataDir }).ended;
      expect(second.code).toBe(1);
      expect(second.err).toMatch(/^Sluice cannot start: The data folder .+ is in use by .+\n$/);
      const samePort = await spawnServer({ SLUICE_DATA_DIR: join(folder, 'other'), PORT: new URL(url).port }).ended;
      expect(samePort.code).toBe(1);
      expect(samePort.err).toMatch(/^Sluice cannot start: Port \d+ on 127\.0\.0\.1 is in use\..+\n$/);
      expect(await readdir(folder)).toEqual(['data']);

      // Neither has harmed the first.
      expect((await request(`${url}/hooks/${document.name}/in`, 'POST', { id: 2 })).status).toBe(202);
      const stopping = performance.now();
      server.process.kill('SIGTERM');
      const { code, out, err } = await server.ended;
      expect(code).toBe(0);
      expect(performance.now() - stopping).toBeLessThan(10_000);
      expect(out.trimEnd().split('\n').at(-1)).toBe('Stopped');
      for (const line of err.trimEnd().split('\n'))
        expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(info|warn)$/) });
    }
    {
      await using server = spawnServer({ SLUICE_DATA_DIR: dataDir });
      expect((await request(`${await server.running}/hooks/${document.name}/in`, 'POST', { id: 3 })).status).toBe(202);
      // The database of a killed server goes on without it; the next start takes it over.
      server.process.kill('SIGKILL');
      await server.ended;
    }
    {
      await using server = spawnServer({ SLUICE_DATA_DIR: dataDir });
      expect((await request(`${await server.running}/hooks/${document.name}/in`, 'POST', { id: 4 })).status).toBe(202);
    }
  },
  PATIENCE_MS,
);

test(
  'every bad value is one line, and nothing is touched',
  async () => {
    const dataDir = join(folder, 'untouched');
    const { code, out, err } = await spawnServer({
      SLUICE_DATA_DIR: dataDir,
      HOST: '0.0.0.0',
      SLUICE_ROLE: 'worker',
      NATS_URL: 'nats://127.0.0.1',
    }).ended;
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(
      err
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['HOST', 'NATS_URL', 'SLUICE_ROLE']);
    expect(await readdir(folder)).not.toContain('untouched');
  },
  PATIENCE_MS,
);

test(
  'a folder that cannot be used is said in one line',
  async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    for (const dataDir of [file, join(file, 'below'), ...(process.platform === 'linux' ? ['/proc/sluice'] : [])]) {
      const { code, err } = await spawnServer({ SLUICE_DATA_DIR: dataDir }).ended;
      expect([dataDir, code]).toEqual([dataDir, 1]);
      expect(err).toMatch(/^Sluice cannot start: The data folder .+\n$/);
    }
    await rm(file);
  },
  PATIENCE_MS,
);

test(
  'a database that nobody serves, or that does not answer, is said in one line without its password',
  async () => {
    const silent = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const ports = [await freePort(), typeof address === 'object' ? address?.port : undefined];
    for (const port of ports) {
      const { code, err } = await spawnServer({
        SLUICE_DATA_DIR: join(folder, 'no-database'),
        DATABASE_URL: `postgresql://me:hush@127.0.0.1:${port}/orders`,
      }).ended;
      expect(code).toBe(1);
      expect(err).toMatch(/^Sluice cannot start: .*database.*\n$/i);
      expect(err).not.toContain('hush');
    }
    silent.close();
    await rm(join(folder, 'no-database'), { recursive: true });
  },
  PATIENCE_MS,
);
