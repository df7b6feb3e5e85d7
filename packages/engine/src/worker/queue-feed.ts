import type { LeaseSource } from '../ports/message-store.ts';
import { createDirectFeed } from './direct-feed.ts';
import type { Feed } from './feed.ts';
import type { Intake } from './intake.ts';
import { createSortingFeed } from './sorting-feed.ts';

/** Feeds a node from a queue: by the direct way, unless the node has verbs of flow control that choose among messages. */
export function createQueueFeed(intake: Intake, source: LeaseSource): Feed {
  const { admission, plan } = intake.node;
  const chooses = intake.entry === undefined && (admission !== undefined || plan.batch !== undefined);
  return chooses ? createSortingFeed(intake, source) : createDirectFeed(intake, source);
}
