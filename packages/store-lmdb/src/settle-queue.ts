import type { AttemptRecord } from '@sluice/engine';
import { delayedKey, groupedMessageKey, memberKey, messageKey, readyKey, triedKey } from './keys.ts';
import { endHandOut } from './hand-out.ts';
import { withFailure } from './message-codec.ts';
import { type Held, NEVER_TRIED, type QueueState, type Tried } from './queue-state.ts';
import { touchGroup } from './settle-fifo-group.ts';
import { encodeWaitingEntry } from './waiting-entry.ts';
import type { WriteBatch } from './write-batch.ts';

// These take messages that the commit has found in hand.

export function ackOnQueue(batch: WriteBatch, queue: QueueState, held: Held): void {
  endHandOut(batch, queue, held);
  if (held.group === undefined) batch.removeMessage(messageKey(held.lane.number, held.position));
  else {
    batch.removeMessage(groupedMessageKey(queue.number, held.position));
    batch.removeIndex(memberKey(queue.number, held.group, held.position));
    touchGroup(batch, queue, held.group).removed.add(held.position);
  }
  if (held.tried !== undefined) batch.removeIndex(triedKey(queue.number, held.position));
  queue.messages -= 1;
  held.lane.messages -= 1;
  queue.bytes -= held.bytes;
  batch.touchQueue(queue);
}

export function retryOnQueue(
  batch: WriteBatch,
  queue: QueueState,
  retry: { readonly held: Held; readonly dueAt: number; readonly failure: AttemptRecord },
): void {
  const { held, dueAt, failure } = retry;
  const { attempts, crashes, history } = held.tried ?? NEVER_TRIED;
  const tried = { attempts: attempts + 1, crashes, history: withFailure(history, failure), token: held.token };
  delay(batch, queue, { held, tried, dueAt });
}

/** At once, or not before `dueAt`. */
export function releaseOnQueue(
  batch: WriteBatch,
  queue: QueueState,
  { held, dueAt }: { readonly held: Held; readonly dueAt: number | undefined },
): void {
  const { attempts, crashes, history } = held.tried ?? NEVER_TRIED;
  const tried = { attempts, crashes, history, token: held.token };
  if (dueAt !== undefined) {
    delay(batch, queue, { held, tried, dueAt });
    return;
  }
  putTried(batch, queue, { held, tried });
  batch.putIndex(readyKey(held.lane.number, held.position), encodeWaitingEntry({ group: held.group, isTried: true }));
  held.lane.ready += 1;
}

function delay(
  batch: WriteBatch,
  queue: QueueState,
  { held, tried, dueAt }: { readonly held: Held; readonly tried: Tried; readonly dueAt: number },
): void {
  putTried(batch, queue, { held, tried: { ...tried, dueAt } });
  batch.putIndex(
    delayedKey(held.lane.number, dueAt, held.position),
    encodeWaitingEntry({ group: held.group, isTried: true }),
  );
  held.lane.delayed += 1;
}

function putTried(
  batch: WriteBatch,
  queue: QueueState,
  { held, tried }: { readonly held: Held; readonly tried: Tried },
): void {
  endHandOut(batch, queue, held);
  batch.putIndex(triedKey(queue.number, held.position), JSON.stringify(tried));
  batch.touchQueue(queue);
  batch.tellReady(queue.source); // after a retry too: who waits must learn the new time
}
