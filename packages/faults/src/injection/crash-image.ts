import type { Random } from '@sluice/engine';
import type { BorderEvent } from './border-event.ts';

const PAGE_BYTES = 4_096;
/** What a disk writes as a whole or not at all. */
const SECTOR_BYTES = 512;
/** Share of the unflushed pages of which a part reached the disk. */
const TORN_SHARE = 0.1;

/**
 * The file as a loss of power at this event leaves it: everything that a successful flush covered, everything that was
 * written through, and of the rest whatever `random` lets reach the disk, page by page and in part, in any order.
 */
export function crashImage(events: readonly BorderEvent[], cutAt: number, random: Random): Buffer {
  const writes = writesBefore(events, cutAt);
  const image = new GrowingImage();
  for (const { event, isDurable } of writes) if (isDurable) image.write(event.bytes, event.at);
  for (const { event, isDurable } of writes) {
    if (isDurable) continue;
    for (let from = 0; from < event.bytes.length; from += PAGE_BYTES) {
      const fate = random.next();
      if (fate < 0.5) continue;
      const page = event.bytes.subarray(from, from + PAGE_BYTES);
      const length =
        fate < 1 - TORN_SHARE ? page.length : Math.floor((random.next() * page.length) / SECTOR_BYTES) * SECTOR_BYTES;
      image.write(page.subarray(0, length), event.at + from);
    }
  }
  return image.toBuffer();
}

interface Write {
  readonly event: BorderEvent;
  readonly isDurable: boolean;
}

function writesBefore(events: readonly BorderEvent[], cutAt: number): readonly Write[] {
  /** Begun and not known to be on disk, in order. */
  let loose: BorderEvent[] = [];
  const durable: BorderEvent[] = [];
  let coveredByFlush: readonly BorderEvent[] = [];
  let openWrite: BorderEvent | undefined;
  for (const event of events.slice(0, cutAt)) {
    switch (event.kind) {
      case 'write':
        if (event.phase === 'begin') {
          loose.push(event);
          openWrite = event;
        } else {
          if (event.isSynchronous && event.result >= 0 && openWrite !== undefined) {
            durable.push(openWrite);
            loose = loose.filter((one) => one !== openWrite);
          }
          // What the system refused to take was never on its way.
          if (event.result < 0) loose = loose.filter((one) => one !== openWrite);
          openWrite = undefined;
        }
        break;
      case 'flush':
        if (event.phase === 'begin') coveredByFlush = [...loose];
        else if (event.result === 0) {
          durable.push(...coveredByFlush);
          loose = loose.filter((one) => !coveredByFlush.includes(one));
        }
        break;
      case 'answer':
      case 'call':
      case 'answered':
      case 'resize':
        break;
    }
  }
  durable.sort((one, other) => one.number - other.number);
  return [
    ...durable.map((event) => ({ event, isDurable: true })),
    ...loose.map((event) => ({ event, isDurable: false })),
  ];
}

class GrowingImage {
  #bytes = Buffer.alloc(1_048_576);
  #length = 0;

  write(bytes: Buffer, at: number): void {
    const end = at + bytes.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, at);
    this.#length = Math.max(this.#length, end);
  }

  toBuffer(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
