import { hostname } from 'node:os';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { NoRespondersError, type Subscription, TimeoutError } from '@nats-io/transport-node';
import type { Link } from './link.ts';
import { StoreOwnedError } from './store-errors.ts';

/** The owner answers on this subject for as long as its connection lives, and the server knows when that breaks. */
const OWNER_SUBJECT = 'owner';
/** How long the owner has for an answer, and pause before it is asked again; ms. */
const ANSWER_WITHIN_MS = 500;
/** A server needs a moment to notice that a process has died; ms. */
const SILENT_FOR_MS = 3_000;

export interface Ownership {
  giveUp(): void;
}

/**
 * Rejects with `StoreOwnedError` while somebody else is connected as the owner, whether he answers or not. The journal
 * makes sure that of two who come at the same moment only one gets further.
 */
export async function claimOwnership(link: Link): Promise<Ownership> {
  const until = performance.now() + SILENT_FOR_MS;
  for (;;) {
    const owner = await askOwner(link);
    if (owner.kind === 'nobody') break;
    if (owner.kind === 'answers') throw new StoreOwnedError(link.prefix, owner.name);
    if (performance.now() > until) throw new StoreOwnedError(link.prefix, undefined);
    await sleep(ANSWER_WITHIN_MS / 10);
  }
  const name = `process ${process.pid} on ${hostname()}`;
  const subscription: Subscription = link.connection.nats.subscribe(subjectOf(link), {
    callback: (error, message) => {
      if (error === null) message.respond(name);
    },
  });
  return { giveUp: () => subscription.unsubscribe() };
}

type Owner =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'answers'; readonly name: string };

async function askOwner(link: Link): Promise<Owner> {
  try {
    const answer = await link.connection.nats.request(subjectOf(link), '', { timeout: ANSWER_WITHIN_MS });
    return { kind: 'answers', name: answer.string() };
  } catch (error) {
    if (isOf(error, NoRespondersError)) return { kind: 'nobody' };
    if (isOf(error, TimeoutError)) return { kind: 'silent' };
    throw error;
  }
}

/** The client wraps some errors of requests. */
function isOf(error: unknown, kind: new (...parameters: never[]) => Error): boolean {
  return error instanceof kind || (error instanceof Error && error.cause instanceof kind);
}

function subjectOf(link: Link): string {
  return `${link.prefix}.${OWNER_SUBJECT}`;
}
