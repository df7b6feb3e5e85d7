import { open } from 'node:fs/promises';

/** Where LMDB's first page has its mark, and the mark. */
const MARK_AT = 24;
const MARK = Buffer.from([0xde, 0xc0, 0xef, 0xbe]);

/** Rejects unless the file is missing, empty or begins like an LMDB database: LMDB takes anything else for one and kills the process. */
export async function assertDatabaseFile(path: string): Promise<void> {
  const start = Buffer.alloc(MARK_AT + MARK.length);
  let length: number;
  try {
    const file = await open(path, 'r');
    try {
      length = (await file.read(start)).bytesRead;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  if (length > 0 && !start.subarray(MARK_AT, length).equals(MARK)) {
    throw new Error(
      `${path} is damaged, or no database of this program. Move it away, and restore it from a backup if you have one.`,
    );
  }
}
