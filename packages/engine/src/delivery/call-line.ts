import { PRIORITIES, PRIORITY_TURN } from '../ports/message-store.ts';

/**
 * Who waits for a place at a push wire. A higher priority goes first, and within one who came first; of every
 * `PRIORITY_TURN` that go one is the one that came first of all, so that none waits for ever.
 */
export interface CallLine<Place extends object> {
  join(place: Place, priority: number): void;
  /** Of one who is not in line: nothing. */
  leave(place: Place): void;
  /** Takes out whose turn it is. */
  next(): Place | undefined;
  /** Who makes way: of the lowest priority the one that came first, for it has the least time left. */
  last(): { readonly place: Place; readonly priority: number } | undefined;
  /** Who has waited longest. */
  oldest(): Place | undefined;
  size(): number;
}

export function createCallLine<Place extends object>(): CallLine<Place> {
  /** By priority; in order of arrival. */
  const lanes: Map<Place, number>[] = Array.from({ length: PRIORITIES.highest + 1 }, () => new Map());
  const laneOf = new Map<Place, number>();
  let arrivals = 0;
  let turns = 0;

  const leave = (place: Place): void => {
    const priority = laneOf.get(place);
    if (priority === undefined) return;
    laneOf.delete(place);
    lanes[priority]?.delete(place);
  };

  const oldest = (): Place | undefined => {
    let first: readonly [Place, number] | undefined;
    for (const lane of lanes) {
      const [head] = lane;
      if (head !== undefined && (first === undefined || head[1] < first[1])) first = head;
    }
    return first?.[0];
  };

  return {
    join(place, priority) {
      laneOf.set(place, priority);
      lanes[priority]?.set(place, (arrivals += 1));
    },
    leave,
    oldest,
    size: () => laneOf.size,
    next() {
      if (laneOf.size === 0) return undefined;
      turns += 1;
      const place =
        turns % PRIORITY_TURN === 0
          ? oldest()
          : lanes
              .findLast((lane) => lane.size > 0)
              ?.keys()
              .next().value;
      if (place !== undefined) leave(place);
      return place;
    },
    last() {
      const priority = lanes.findIndex((lane) => lane.size > 0);
      const place = lanes[priority]?.keys().next().value;
      return place === undefined ? undefined : { place, priority };
    },
  };
}
