import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbStore } from './index.ts';
import { realClock } from './testing/real-clock.ts';
import { startStoreProcess, type StoreProcess } from './testing/store-process.ts';

describe('the data folder', () => {
  let dir: string;
  const processes: StoreProcess[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-lock-'));
  });
  afterEach(async () => {
    for (const other of processes.splice(0)) await other.kill();
    await rm(dir, { recursive: true });
  });
  const holdInOtherProcess = (): StoreProcess => {
    const other = startStoreProcess('hold-folder', dir);
    processes.push(other);
    return other;
  };

  it('is refused while another process has it, naming that process, and free the moment it is killed', async () => {
    for (let round = 0; round < 2; round += 1) {
      const other = holdInOtherProcess();
      await other.saysLine('open');
      await expect(openLmdbStore({ dir, clock: realClock })).rejects.toMatchObject({
        code: 'data-dir-in-use',
        pid: other.pid,
        message: expect.stringContaining(`in use by process ${other.pid}`) as string,
      });
      await other.kill();
      const store = await openLmdbStore({ dir, clock: realClock });
      await store.close();
    }
  });

  it('is refused to another process while this one has it', async () => {
    const store = await openLmdbStore({ dir, clock: realClock });
    const other = holdInOtherProcess();
    expect(await other.ended()).toBe(1);
    expect(other.errors()).toContain(`in use by process ${process.pid}`);
    expect(await store.commit([])).toEqual({ ok: true });
    await store.close();
  });

  it('goes to one of several processes that start together', async () => {
    const others = [holdInOtherProcess(), holdInOtherProcess(), holdInOtherProcess()];
    const outcomes = await Promise.all(
      others.map((other) =>
        other.saysLine('open').then(
          () => 'open',
          () => 'refused',
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'open').length).toBeLessThanOrEqual(1);
    for (const other of processes.splice(0)) await other.kill();
    await (await openLmdbStore({ dir, clock: realClock })).close();
  });

  it('is refused to a second store of the same process, by whatever path, until the first is closed', async () => {
    const first = await openLmdbStore({ dir, clock: realClock });
    await expect(
      openLmdbStore({ dir: join(dir, '..', dir.split('/').at(-1) ?? ''), clock: realClock }),
    ).rejects.toMatchObject({
      code: 'data-dir-in-use',
      pid: process.pid,
    });
    await first.close();
    const second = await openLmdbStore({ dir, clock: realClock });
    await second.close();
  });

  it('is made when it is missing', async () => {
    const store = await openLmdbStore({ dir: join(dir, 'a', 'b'), clock: realClock });
    expect(await readdir(join(dir, 'a', 'b'))).toContain('messages.lmdb');
    await store.close();
  });

  it('is refused with a reason when it is a file', async () => {
    const path = join(dir, 'file');
    await writeFile(path, '');
    await expect(openLmdbStore({ dir: path, clock: realClock })).rejects.toMatchObject({
      code: 'data-dir-unusable',
      message: expect.stringContaining('it is a file') as string,
    });
  });

  it.skipIf(process.getuid?.() === 0)('is refused with a reason when it cannot be written to', async () => {
    await chmod(dir, 0o500);
    await expect(openLmdbStore({ dir, clock: realClock })).rejects.toMatchObject({
      code: 'data-dir-unusable',
      message: expect.stringContaining('may not write') as string,
    });
    await chmod(dir, 0o700);
  });

  it('is refused with a reason when its data is no database, and let go of', async () => {
    for (const name of ['messages.lmdb', 'owner.lmdb']) {
      await writeFile(join(dir, name), Buffer.alloc(20_000, 'garbage'));
      await expect(openLmdbStore({ dir, clock: realClock })).rejects.toMatchObject({
        code: 'data-dir-unusable',
        cause: expect.any(Error) as Error,
      });
      await rm(join(dir, name));
      await (await openLmdbStore({ dir, clock: realClock })).close();
    }
  });

  it('is refused when another version has written it', async () => {
    const store = await openLmdbStore({ dir, clock: realClock });
    await store.close();
    const { openEnvironment } = await import('./environment.ts');
    const { META_KEY } = await import('./keys.ts');
    const environment = openEnvironment(join(dir, 'messages.lmdb'));
    await environment.transact(
      () => void environment.index.put(META_KEY, JSON.stringify({ format: 99, tokens: 0, nextNumber: 1 })),
    );
    await environment.close();
    await expect(openLmdbStore({ dir, clock: realClock })).rejects.toMatchObject({
      code: 'data-dir-unusable',
      message: expect.stringContaining('format 99') as string,
    });
  });
});
