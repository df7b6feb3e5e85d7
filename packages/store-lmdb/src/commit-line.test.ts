import { describe, expect, it } from 'vitest';
import { CommitLine } from './commit-line.ts';
import type { Environment } from './environment.ts';
import { META_KEY } from './keys.ts';
import { StoreState } from './store-state.ts';
import type { WriteBatch } from './write-batch.ts';

/** A disk that writes when it is told to. */
class SlowDisk {
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  readonly #watchers: (() => void)[] = [];
  /** Writes in each transaction so far. */
  readonly transactions: number[] = [];
  readonly environment: Environment = {
    index: this.#countingDatabase(),
    messages: this.#countingDatabase(),
    transact: (write) => {
      this.transactions.push(0);
      write();
      const written = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
      for (const tell of this.#watchers.splice(0)) tell();
      return written;
    },
    freeBytes: () => 0,
    close: () => Promise.resolve(),
  };

  async isBusy(): Promise<void> {
    if (this.#waiting.length === 0) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  async finish(): Promise<void> {
    await this.isBusy();
    this.#waiting.shift()?.resolve();
  }

  async fail(error: Error): Promise<void> {
    await this.isBusy();
    this.#waiting.shift()?.reject(error);
  }

  #countingDatabase(): Environment['index'] {
    const count = (): Promise<boolean> => {
      this.transactions[this.transactions.length - 1] = (this.transactions.at(-1) ?? 0) + 1;
      return Promise.resolve(true);
    };
    return { put: count, remove: count } as unknown as Environment['index']; // all that a batch without groups uses
  }
}

function aLine(disk: SlowDisk): { readonly line: CommitLine; readonly failures: string[] } {
  const failures: string[] = [];
  const line = new CommitLine({
    environment: disk.environment,
    state: new StoreState({ format: 1, tokens: 0, nextNumber: 1 }),
    tellReady: () => undefined,
    onFailure: (error) => failures.push(error.code),
  });
  return { line, failures };
}

/** A work that writes one record and notes when it is done. */
function noting(log: string[], name: string): (batch: WriteBatch) => () => string {
  return (batch) => {
    batch.putIndex(META_KEY, name);
    log.push(`${name} checked`);
    return () => name;
  };
}

describe('the commit line', () => {
  it('puts what comes in one turn into one transaction, and what comes meanwhile into the next', async () => {
    const disk = new SlowDisk();
    const { line } = aLine(disk);
    const log: string[] = [];
    const first = [line.write(noting(log, 'a')), line.write(noting(log, 'b'))];
    await disk.isBusy();
    const second = [line.write(noting(log, 'c')), line.write(noting(log, 'd')), line.write(noting(log, 'e'))];
    expect(log).toEqual(['a checked', 'b checked']);
    await disk.finish();
    expect(await Promise.all(first)).toEqual(['a', 'b']);
    await disk.finish();
    expect(await Promise.all(second)).toEqual(['c', 'd', 'e']);
    expect(disk.transactions).toEqual([2, 3]);
  });

  it('answers nobody before the disk has', async () => {
    const disk = new SlowDisk();
    const { line } = aLine(disk);
    const log: string[] = [];
    const answered = line.write(noting(log, 'a')).then((name) => log.push(`${name} answered`));
    // A refused commit rests on what came before it: it waits too.
    const refused = line.write(() => () => 'refused').then((name) => log.push(name));
    await disk.isBusy();
    await new Promise(setImmediate);
    expect(log).toEqual(['a checked']);
    await disk.finish();
    await Promise.all([answered, refused]);
    expect(log).toEqual(['a checked', 'a answered', 'refused']);
  });

  it('reads between two batches, after what was read for', async () => {
    const disk = new SlowDisk();
    const { line } = aLine(disk);
    const log: string[] = [];
    expect(await line.read(() => 'idle')).toBe('idle');
    const written = line.write(noting(log, 'a'));
    await disk.isBusy();
    const read = line.read(() => log.push('read'));
    const next = line.write(noting(log, 'b'));
    await disk.finish();
    await Promise.all([written, read]);
    await disk.finish();
    await next;
    expect(log).toEqual(['a checked', 'read', 'b checked']);
  });

  it('leaves alone what wants to be alone', async () => {
    const disk = new SlowDisk();
    const { line } = aLine(disk);
    const log: string[] = [];
    const all = [
      line.write(noting(log, 'a')),
      line.writeAlone(noting(log, 'b')),
      line.write(noting(log, 'c')),
      line.write(noting(log, 'd')),
    ];
    for (let batch = 0; batch < 3; batch += 1) await disk.finish();
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
    expect(disk.transactions).toEqual([1, 1, 2]);
  });

  it('refuses a work that throws, and no other', async () => {
    const disk = new SlowDisk();
    const { line } = aLine(disk);
    const broken = line.write(() => {
      throw new RangeError('no such partition');
    });
    const whole = line.write(noting([], 'whole'));
    await expect(broken).rejects.toThrow('no such partition');
    await disk.finish();
    expect(await whole).toBe('whole');
  });

  it('prepares no more than fits in its memory, and prepares the rest in order as room comes', async () => {
    const disk = new SlowDisk();
    const { line } = aLine(disk);
    const prepared: string[] = [];
    const large = (name: string): Promise<string> =>
      line.writePrepared(() => {
        prepared.push(name);
        return { bytes: 10 * 1024 * 1024, work: noting([], name) };
      });
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const all = names.map(large);
    expect(prepared).toEqual(['a', 'b', 'c', 'd']);
    await disk.isBusy();
    expect(disk.transactions).toEqual([1]); // a batch has a limit of its own
    for (const _ of names) await disk.finish();
    expect(await Promise.all(all)).toEqual(names);
    expect(prepared).toEqual(names);
  });

  it('stops when everything that was asked for is done, and refuses the rest', async () => {
    const disk = new SlowDisk();
    const { line } = aLine(disk);
    const log: string[] = [];
    const running = [line.write(noting(log, 'a'))];
    await disk.isBusy();
    running.push(line.write(noting(log, 'b')));
    const stopped = line.stop().then(() => log.push('stopped'));
    await expect(line.write(noting(log, 'late'))).rejects.toMatchObject({ code: 'store-closed' });
    await expect(line.read(() => 0)).rejects.toMatchObject({ code: 'store-closed' });
    await disk.finish();
    await disk.finish();
    await stopped;
    expect(await Promise.all(running)).toEqual(['a', 'b']);
    expect(log).toEqual(['a checked', 'b checked', 'stopped']);
  });

  it('fails for good when a write fails: what runs, what waits and what comes is refused', async () => {
    const disk = new SlowDisk();
    const { line, failures } = aLine(disk);
    const running = line.write(noting([], 'running'));
    await disk.isBusy();
    const others = [line.write(noting([], 'waiting')), line.read(() => 0)];
    await Promise.all([
      disk.fail(new Error('input/output error')),
      expect(running).rejects.toMatchObject({ code: 'store-failed' }),
    ]);
    for (const other of others) await expect(other).rejects.toMatchObject({ code: 'store-failed' });
    await expect(line.write(noting([], 'late'))).rejects.toThrow('input/output error');
    expect(failures).toEqual(['store-failed']);
    await line.stop();
  });
});
