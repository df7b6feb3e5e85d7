import { appendTo } from '../delivery/store-on-wire.ts';
import type { StoredMessage } from '../message.ts';
import { readKeyPath } from '../plan/key-path.ts';
import type { DeadLetter, QueueId, StoreOperation } from '../ports/message-store.ts';
import { queueOf, type RunningGraph } from '../running/graph.ts';
import { hasRedriveQueue, placeOfEntry, redriveQueue } from './redrive-queue.ts';

/** Where the message of a dead letter goes when it is redriven. */
export interface Placement {
  /** The wire, source port or subscriber that has it again. */
  readonly wireId: string;
  readonly queue: QueueId;
  /** False while the wire is full and has not come down to its low water. */
  isOpen(): boolean;
  append(message: StoredMessage): StoreOperation;
  /** To be called when it stands on the queue. */
  stored(): void;
}

/** `undefined`: nothing in the pipeline takes it. */
export function placeLetter(
  graph: RunningGraph,
  letter: Pick<DeadLetter, 'wireId' | 'entry'>,
  toWire: string | undefined,
): Placement | undefined {
  if (toWire !== undefined) return graph.wires.has(toWire) ? placeAt(graph, toWire) : undefined;
  const place = placeName(letter);
  return place === undefined ? undefined : placeAt(graph, place);
}

/** What a letter calls the place that it came from. */
export function placeName({ wireId, entry }: Pick<DeadLetter, 'wireId' | 'entry'>): string | undefined {
  return wireId ?? (entry === undefined ? undefined : placeOfEntry(entry));
}

function placeAt(graph: RunningGraph, place: string): Placement | undefined {
  const { plan } = graph;
  const wire = graph.wires.get(place);
  const kept = queueOf(wire);
  if (kept !== undefined) {
    return {
      wireId: place,
      queue: kept.plan.queue,
      isOpen: () => kept.room.fullSince() === undefined,
      append: (message) => appendTo(kept.plan, message),
      stored() {
        kept.room.add(1);
        kept.meters.in.add(1);
      },
    };
  }
  if (!hasRedriveQueue(plan, place)) return undefined;
  const queue = redriveQueue(plan.pipelineId, place);
  return {
    wireId: place,
    queue,
    isOpen: () => true,
    append(message) {
      const group = orderOf(graph, place, message);
      return {
        op: 'append',
        queue,
        message,
        ...(group === '' ? {} : { group }),
        // No more can have been given up: with this much room a redrive of all is never in its own way.
        limit: { messages: plan.limits.deadLetters, bytes: plan.limits.deadLetterBytes },
      };
    },
    stored() {
      wire?.meters.in.add(1);
    },
  };
}

/** Redriven messages of one key are worked on one after the other, as the partition of a log would have them. */
function orderOf(graph: RunningGraph, place: string, message: StoredMessage): string {
  const wire = graph.wires.get(place)?.plan;
  const orderBy = wire?.delivery === 'event' ? graph.logs.get(wire.log)?.plan.orderBy : undefined;
  return orderBy === undefined ? message.key : (readKeyPath(message, orderBy) ?? '');
}
