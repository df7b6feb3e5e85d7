import type { Clock } from '../ports/clock.ts';

/**
 * Room on a durable wire, as the engine sees it: what is stored plus what is being worked on towards it.
 *
 * Closes at capacity and opens again at the low-water mark, in messages and in bytes, not at the same level. The store
 * enforces the limit itself; this keeps work from being started whose outcome could not be stored.
 */
export interface Room {
  /** Whether work may be started for one more message. */
  isOpen(asker: Asker): boolean;
  fullSince(): number | undefined;
  /** Messages that a feed may still ask its store for. */
  left(): number;
  /**
   * A feed asks its store for so many messages. Other feeds leave it that room until it knows how many have come. Callers
   * do not: most of the time nothing comes, and they would be refused for that.
   */
  claim(messages: number): void;
  unclaim(messages: number): void;
  /** Of so many messages that have come, those that work may be started for after all. */
  fitting(messages: number): number;
  messages(): number;
  /** Work has begun that may add so many messages; 1 unless said. */
  reserve(messages?: number): void;
  unreserve(messages?: number): void;
  /** Messages were stored or removed. */
  add(messages: number): void;
  /**
   * What the store counts. Its number of messages is taken only while nothing is on its way to or from the wire: the
   * store may have counted a commit whose outcome has not reached us, and that message would count twice.
   */
  set(figures: { readonly messages: number; readonly bytes: number; readonly inHand: number }): void;
  /** The store refused to take so many more, whatever we thought. */
  refused(wanted: number): void;
  /** Other bounds hold from now on; what is stored and reserved stays counted. */
  resize(bounds: RoomBounds): void;
}

/** Who asks: a caller, who can only be refused, or a feed or source, which can wait. */
export type Asker = 'caller' | 'feed';

export interface RoomBounds {
  /** `undefined`: bounded by bytes alone. */
  readonly capacity: number | undefined;
  readonly capacityBytes: number;
  /** Share of both at which a full wire opens again, 0 to 1. What is full opens below its capacity in any case. */
  readonly lowWater: number;
}

export function createRoom(
  parts: RoomBounds & {
    readonly clock: Clock;
    readonly onChange: (state: 'open' | 'full') => void;
    /** Someone was told that there is no room, and now there is. */
    readonly onRoom: () => void;
  },
): Room {
  let { capacity, capacityBytes, lowWater, lowWaterBytes } = marks(parts);
  let messages = 0;
  let bytes = 0;
  let reserved = 0;
  let claimed = 0;
  let fullSince: number | undefined;
  let refusedForBytes = false;
  let wanted = false;

  const leftFor = (asker: Asker): number =>
    fullSince === undefined ? Math.max(0, capacity - messages - reserved - (asker === 'feed' ? claimed : 0)) : 0;

  const tellWaiting = (): void => {
    if (!wanted || leftFor('feed') <= 0) return;
    wanted = false;
    parts.onRoom();
  };

  const review = (): void => {
    if (fullSince === undefined) {
      if (messages >= capacity || bytes >= capacityBytes) close();
      return;
    }
    if (messages <= lowWater && bytes <= lowWaterBytes && !refusedForBytes) {
      fullSince = undefined;
      parts.onChange('open');
    }
  };

  const close = (): void => {
    if (fullSince !== undefined) return;
    fullSince = parts.clock.now();
    parts.onChange('full');
  };

  return {
    isOpen(asker) {
      if (leftFor(asker) > 0) return true;
      wanted = true;
      return false;
    },
    fullSince: () => fullSince,
    left: () => leftFor('feed'),
    claim(count) {
      claimed += count;
    },
    unclaim(count) {
      claimed -= count;
      tellWaiting();
    },
    fitting: (count) => Math.min(count, leftFor('caller')),
    messages: () => messages,
    reserve(count = 1) {
      reserved += count;
    },
    unreserve(count = 1) {
      reserved -= count;
      tellWaiting();
    },
    add(count) {
      messages = Math.max(0, messages + count);
      review();
      tellWaiting();
    },
    set(figures) {
      if (reserved === 0 && figures.inHand === 0) messages = figures.messages;
      bytes = figures.bytes;
      refusedForBytes = false;
      review();
      tellWaiting();
    },
    refused(wanted) {
      const tooMany = messages + wanted > capacity;
      // A large batch that does not fit into a wire with room to spare says nothing about the wire.
      if (tooMany && messages <= lowWater) return;
      // Where they would have fitted, the bytes must have been the reason: closed until the store is asked again.
      refusedForBytes = !tooMany;
      close();
    },
    resize(bounds) {
      ({ capacity, capacityBytes, lowWater, lowWaterBytes } = marks(bounds));
      review();
      tellWaiting();
    },
  };
}

function marks(bounds: RoomBounds) {
  const { capacity = Number.POSITIVE_INFINITY, capacityBytes, lowWater } = bounds;
  return {
    capacity,
    capacityBytes,
    lowWater: Math.min(capacity - 1, Math.floor(capacity * lowWater)),
    lowWaterBytes: Math.min(capacityBytes - 1, Math.floor(capacityBytes * lowWater)),
  };
}
