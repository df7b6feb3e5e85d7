import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A file system of its own that is easily filled. */
export interface SmallDisk extends AsyncDisposable {
  readonly dir: string;
  /** Takes all the room that is left, as another program might. */
  fillUp(): Promise<void>;
  /** Gives back what `fillUp` took. */
  free(): Promise<void>;
}

/** Mounts one in memory; `undefined` where this process may not. */
export function mountSmallDisk(dir: string, megabytes: number): SmallDisk | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  mkdirSync(dir, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    // Root in a container may often not mount.
    return undefined;
  }
  const filler = path.join(dir, 'filler');
  return {
    dir,
    async fillUp() {
      const { bavail, bsize } = await statfs(dir);
      // The last pages go one by one: the server takes some meanwhile.
      await writeFile(filler, Buffer.alloc(Math.max(0, (bavail - 16) * bsize)));
      for (let page = 0; page < 64; page += 1) {
        try {
          await writeFile(filler, Buffer.alloc(4_096), { flag: 'a' });
        } catch {
          // It is full, which is what was wanted.
          return;
        }
      }
    },
    free: () => rm(filler, { force: true }),
    [Symbol.asyncDispose]() {
      execFileSync('umount', ['-l', dir], { stdio: 'ignore' });
      return Promise.resolve();
    },
  };
}
