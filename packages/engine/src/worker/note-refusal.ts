import { isShelf } from '../limits/dead-letter-shelf.ts';
import { countedFor } from '../delivery/store-on-wire.ts';
import type { StoreOperation } from '../ports/message-store.ts';
import { roomAt } from '../running/reach.ts';
import type { Holding } from './holding.ts';
import type { Intake } from './intake.ts';

/** What holds nobody by itself (a full topic, a large batch) must not be tried again at once. */
const REFUSED_ELSEWHERE_MS = 1_000;

/** The store had no room at `at` for what a feed wanted to commit: closes the wire, or holds the feed for a while. */
export function noteRefusal(request: {
  readonly intake: Intake;
  readonly holding: Holding;
  readonly operations: readonly StoreOperation[];
  readonly at: string;
}): void {
  const { intake, holding, at } = request;
  if (isShelf(at)) {
    const { shelf } = intake.graph;
    shelf.refused();
    holding.holdWhile(() => shelf.hold());
    return;
  }
  const room = roomAt(intake.reach, intake.graph, at)?.room;
  room?.refused(countedFor(request.operations, at));
  if (room?.fullSince() === undefined) holding.holdFor(at, `${at} has no room`, REFUSED_ELSEWHERE_MS);
}
