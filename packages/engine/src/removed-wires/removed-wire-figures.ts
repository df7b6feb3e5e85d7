import type { RemovedWireFigures } from '../engine-interface.ts';
import type { Clock } from '../ports/clock.ts';
import type { Backlog, MessageStore } from '../ports/message-store.ts';
import type { Remnant } from './remnants.ts';
import { endMarkOf, type WireSource } from './wire-source.ts';

/** What stands on wires that earlier versions had, and what becomes of it. Those that hold nothing are left out. */
export async function removedWireFigures(
  remnants: readonly Remnant[],
  store: MessageStore,
  clock: Clock,
): Promise<readonly RemovedWireFigures[]> {
  const figures: RemovedWireFigures[] = [];
  for (const { wireId, consumer, fate, version, sources, since, problem, hasEndMark } of remnants) {
    const backlogs = await Promise.all(sources.map((source) => owedAt(source, store, hasEndMark)));
    const depth = sum(backlogs, ({ messages }) => messages);
    if (depth === 0) continue;
    const oldest = backlogs.flatMap(({ oldestEnqueuedAt }) => oldestEnqueuedAt ?? []);
    figures.push({
      id: wireId,
      nodeId: consumer,
      version: version ?? null,
      fate: fate.do,
      moveTo: fate.do === 'move' ? fate.to : null,
      depth,
      inFlight: sum(backlogs, ({ inHand }) => inHand),
      delayed: sum(backlogs, ({ delayed }) => delayed),
      oldestAgeMs: oldest.length === 0 ? null : Math.max(0, clock.now() - Math.min(...oldest)),
      since,
      problem: problem ?? null,
    });
  }
  return figures;
}

/** Of a log that goes on for others, what lies before the mark. */
async function owedAt(source: WireSource, store: MessageStore, hasEndMark: boolean): Promise<Backlog> {
  const backlog = await store.backlog(source);
  if ('queue' in source || !hasEndMark) return backlog;
  const beyond = await store.backlog({ log: source.log, group: endMarkOf(source.group) });
  const messages = Math.max(0, backlog.messages - beyond.messages);
  return { ...backlog, messages, bytes: Math.max(0, backlog.bytes - beyond.bytes) };
}

function sum(backlogs: readonly Backlog[], figure: (backlog: Backlog) => number): number {
  return backlogs.reduce((total, backlog) => total + figure(backlog), 0);
}
