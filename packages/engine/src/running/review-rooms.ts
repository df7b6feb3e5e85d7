import type { Backlog, LogId, MessageStore } from '../ports/message-store.ts';
import { queueOf, type RunningGraph } from './graph.ts';

/** Sets the rooms of all durable wires to what the store counts. Answers what the queues hold, in bytes. */
export async function reviewRooms(graph: RunningGraph, store: MessageStore): Promise<number> {
  let queueBytes = 0;
  for (const wire of graph.wires.values()) {
    const kept = queueOf(wire);
    if (kept === undefined) continue;
    const backlog = await store.backlog({ queue: kept.plan.queue });
    kept.room.set(backlog);
    queueBytes += backlog.bytes;
  }
  for (const log of graph.logs.values()) log.room.set(await slowestGroup(graph, log.plan.log, store));
  return queueBytes;
}

/** Unread by the slowest group: what counts against the log's limit. What a replay reads again does not. */
async function slowestGroup(graph: RunningGraph, log: LogId, store: MessageStore): Promise<Backlog> {
  let slowest: Backlog = { messages: 0, bytes: 0, inHand: 0, delayed: 0 };
  for (const { plan } of graph.wires.values()) {
    if (plan.delivery !== 'event' || plan.log !== log) continue;
    const { replayed, ...backlog } = await store.backlog({ log, group: plan.group });
    const messages = backlog.messages - (replayed?.messages ?? 0);
    const bytes = backlog.bytes - (replayed?.bytes ?? 0);
    if (bytes > slowest.bytes) slowest = { ...backlog, messages, bytes };
  }
  return slowest;
}
