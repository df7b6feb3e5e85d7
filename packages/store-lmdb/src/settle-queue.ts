import type { AttemptRecord } from '@sluice/engine';
import { delayedKey, groupedMessageKey, memberKey, messageKey, readyKey, triedKey } from './keys.ts';
import { endHandOut } from './lease-queue.ts';
import { withFailure } from './message-codec.ts';
import { type Held, NEVER_TRIED, type QueueState, type Tried } from './queue-state.ts';
import { touchGroup } from './settle-fifo-group.ts';
import { encodeWaitingEntry } from './waiting-entry.ts';
import type { WriteBatch } from './write-batch.ts';

// These take messages that the commit has found in hand.

export function ackOnQueue(batch: WriteBatch, queue: QueueState, held: Held): void {
  endHandOut(batch, queue, held);
  if (held.group === undefined) batch.removeMessage(messageKey(queue.number, held.position));
  else {
    batch.removeMessage(groupedMessageKey(queue.number, held.position));
    batch.removeIndex(memberKey(queue.number, held.group, held.position));
    touchGroup(batch, queue, held.group).removed.add(held.position);
  }
  if (held.tried !== undefined) batch.removeIndex(triedKey(queue.number, held.position));
  queue.messages -= 1;
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
  putTried(batch, queue, {
    held,
    tried: { attempts: attempts + 1, crashes, history: withFailure(history, failure), token: held.token, dueAt },
  });
  batch.putIndex(
    delayedKey(queue.number, dueAt, held.position),
    encodeWaitingEntry({ group: held.group, isTried: true }),
  );
  queue.delayed += 1;
}

export function releaseOnQueue(batch: WriteBatch, queue: QueueState, held: Held): void {
  const { attempts, crashes, history } = held.tried ?? NEVER_TRIED;
  putTried(batch, queue, { held, tried: { attempts, crashes, history, token: held.token } });
  batch.putIndex(readyKey(queue.number, held.position), encodeWaitingEntry({ group: held.group, isTried: true }));
  queue.ready += 1;
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
