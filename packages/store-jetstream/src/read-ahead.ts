import type { Link, Stored } from './link.ts';
import { bytesOf, decodeMessage } from './message-codec.ts';
import { type Fresh, GROUP_LEVEL, levelOf, type QueueState } from './queue-state.ts';
import { queueStream, queueSubject } from './streams.ts';

/** Messages are read ahead up to this many, or so many as hold about so many bytes. */
const AHEAD_MESSAGES = 256;
const AHEAD_BYTES = 1024 * 1024;

/** Reads messages of a priority that were never handed out until `wanted` are known, or all. */
export async function readAhead(
  link: Link,
  queue: QueueState,
  { level, wanted }: { readonly level: string; readonly wanted: number },
): Promise<void> {
  while (known(queue, level).length < Math.min(wanted, queue.scan(level).fresh))
    if (!(await readPage(link, queue, { level, wanted }))) return;
}

/**
 * The same for the messages of FIFO groups, of which only the first of each group counts as wanted. Those that stand behind
 * another are known too, so that the scan can pass them.
 */
export async function readGroupsAhead(link: Link, queue: QueueState, wanted: number): Promise<ReadonlySet<Fresh>> {
  for (;;) {
    const firsts = await firstsOfGroups(link, queue);
    const isAllKnown = known(queue, GROUP_LEVEL).length >= queue.scan(GROUP_LEVEL).fresh;
    if (firsts.size >= wanted || isAllKnown || !(await readPage(link, queue, { level: GROUP_LEVEL, wanted })))
      return firsts;
  }
}

export function known(queue: QueueState, level: string): Fresh[] {
  const ahead = queue.ahead.get(level) ?? [];
  queue.ahead.set(level, ahead);
  return ahead;
}

/** Messages that stand before all others of their group. */
async function firstsOfGroups(link: Link, queue: QueueState): Promise<ReadonlySet<Fresh>> {
  const seen = new Set<string>();
  const candidates = known(queue, GROUP_LEVEL).filter(({ kind }) => {
    const isFirstHere = !queue.heads.has(kind) && !seen.has(kind);
    seen.add(kind);
    return isFirstHere;
  });
  // A group whose first message waits for a time, beyond the window, is found only by asking for its first message.
  if (queue.delayedOutside === 0) return new Set(candidates);
  const firsts = await Promise.all(
    candidates.map(async (fresh) => ((await isFirst(link, queue, fresh)) ? fresh : undefined)),
  );
  return new Set(firsts.filter((fresh) => fresh !== undefined));
}

async function isFirst(link: Link, queue: QueueState, { kind, position }: Fresh): Promise<boolean> {
  const first = await link.next(queueStream(queue.number), 1, queueSubject(queue.number, kind));
  return first?.sequence === position;
}

/** False when the server has no more. */
async function readPage(
  link: Link,
  queue: QueueState,
  { level, wanted }: { readonly level: string; readonly wanted: number },
): Promise<boolean> {
  const ahead = known(queue, level);
  const { to, fresh } = queue.scan(level);
  const from = Math.max(to, (ahead.at(-1)?.position ?? 0) + 1);
  const perPage = Math.max(1, Math.floor((AHEAD_BYTES * queue.messages) / Math.max(1, queue.bytes)));
  const max = Math.min(fresh - ahead.length, Math.max(wanted - ahead.length, Math.min(AHEAD_MESSAGES, perPage)));
  if (max <= 0) return false;
  const filter = queueSubject(queue.number, level === GROUP_LEVEL ? 'group.*' : level);
  const page = await link.read(queueStream(queue.number), from, { filter, max });
  ahead.push(...page.map((stored) => freshIn(queue, stored)));
  return page.length > 0;
}

function freshIn(queue: QueueState, { sequence, subject, text }: Stored): Fresh {
  const kind = subject.slice(queueSubject(queue.number, '').length);
  if (levelOf(kind) === '') throw new Error(`Message ${sequence} of queue ${queue.id} has the subject ${subject}.`);
  return { position: sequence, kind, bytes: bytesOf(text), message: decodeMessage(text) };
}
