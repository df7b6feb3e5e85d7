import type { Batch } from './batch.ts';
import type { Link } from './link.ts';
import type { Prepared } from './prepare-commit.ts';
import { expirySubject, keySubject } from './streams.ts';

interface KeyRecord {
  readonly messageId: string;
  /** ms since 1970. */
  readonly expiresAt: number;
}

interface Expiry {
  readonly hash: string;
  /** ms since 1970. */
  readonly expiresAt: number;
}

const MINUTE = 60_000;
/** Expiries that are read at once. */
const PAGE = 256;

/** The message first stored under a key, unless it has expired. */
export async function recallKey(link: Link, hash: string, now: number): Promise<string | undefined> {
  const stored = await link.last('records', keySubject(hash));
  if (stored === undefined) return undefined;
  const { messageId, expiresAt } = JSON.parse(stored.text) as KeyRecord; // written by `rememberKey`
  return expiresAt > now ? messageId : undefined;
}

export function rememberKey(batch: Batch, { of, hash }: Prepared & { readonly op: 'remember' }): void {
  const { messageId, expiresAt } = of;
  batch.put('records', keySubject(hash), JSON.stringify({ messageId, expiresAt } satisfies KeyRecord));
  const subject = expirySubject(Math.max(0, Math.floor(expiresAt / MINUTE)));
  batch.put('expiries', subject, JSON.stringify({ hash, expiresAt } satisfies Expiry));
}

/**
 * Removes expired keys, at most `max`; answers how many. Goes to the streams without the journal: what is removed counts
 * no more in any case, and a key that was remembered anew stands at a later number than the one that is removed.
 */
export async function forgetExpiredKeys(
  link: Link,
  { max, now }: { readonly max: number; readonly now: number },
): Promise<number> {
  const minutes = [...(await link.subjects('expiries', expirySubject('*'))).keys()]
    .map((subject) => Number(subject.slice(subject.indexOf('.') + 1)))
    .filter((minute) => minute * MINUTE <= now)
    .sort((a, b) => a - b);
  let forgotten = 0;
  for (const minute of minutes) {
    for (let from = 1; forgotten < max;) {
      const page = await link.read('expiries', from, { filter: expirySubject(minute), max: PAGE });
      for (const { sequence, text } of page) {
        if (forgotten >= max) break;
        const { hash, expiresAt } = JSON.parse(text) as Expiry; // written by `rememberKey`
        if (expiresAt > now) continue;
        if (await forgetKey(link, hash, now)) forgotten += 1;
        await link.persist(() => link.remove('expiries', sequence));
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      from = last.sequence + 1;
    }
  }
  return forgotten;
}

/** False when it is gone already, or was remembered anew. */
async function forgetKey(link: Link, hash: string, now: number): Promise<boolean> {
  const stored = await link.last('records', keySubject(hash));
  if (stored === undefined) return false;
  const { expiresAt } = JSON.parse(stored.text) as KeyRecord; // written by `rememberKey`
  if (expiresAt > now) return false;
  await link.persist(() => link.removeBefore('records', stored.sequence + 1, keySubject(hash)));
  return true;
}
