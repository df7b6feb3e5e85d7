import { createTestClock } from '@sluice/engine/contracts';
import { describe, expect, test } from 'vitest';
import { DISK_SLOW_MS, diskTrouble, intakeHold } from './intake-hold.ts';
import { createPendingWrites } from './pending-writes.ts';
import { DISK_RESERVE_BYTES, watchDiskRoom } from './watch-disk-room.ts';

const roomy = { isShort: () => false };
const short = { isShort: () => true };

describe('a disk that does not answer', () => {
  test('is in trouble once the oldest write has waited for too long, and no more when it has ended', () => {
    const clock = createTestClock();
    const writes = createPendingWrites(clock);
    const endFirst = writes.begin();
    clock.advance(DISK_SLOW_MS - 1);
    const endSecond = writes.begin();
    expect([writes.oldestMs(), diskTrouble(writes), intakeHold(writes, roomy)]).toEqual([
      DISK_SLOW_MS - 1,
      undefined,
      undefined,
    ]);
    clock.advance(1);
    expect(diskTrouble(writes)).toBe('the disk has owed the answer to a write for 5 s');
    expect(intakeHold(writes, roomy)).toMatchObject({ status: 503, code: 'disk-silent', retryAfterSeconds: 5 });
    endFirst();
    expect([writes.oldestMs(), diskTrouble(writes)]).toEqual([1, undefined]);
    endSecond();
    expect(writes.oldestMs()).toBe(0);
  });
});

describe('a disk that is nearly full', () => {
  test('refuses webhooks', () => {
    const writes = { oldestMs: () => 0 };
    expect(intakeHold(writes, short)).toMatchObject({ status: 507, code: 'disk-full', retryAfterSeconds: 30 });
  });

  test('is short below the reserve, free room inside the store included, until there is clearly more', async () => {
    const clock = createTestClock();
    let outside: number | undefined = DISK_RESERVE_BYTES;
    let inside = 0;
    const room = await watchDiskRoom({
      dir: '/',
      clock,
      freeInside: () => inside,
      freeOutside: () => Promise.resolve(outside),
    });
    const afterALook = async (): Promise<boolean> => {
      clock.advance(1_000);
      // The look itself is over when the promises that it waits for are.
      await new Promise((resolve) => setImmediate(resolve));
      return room.isShort();
    };
    expect(room.isShort()).toBe(false);
    outside -= 1;
    expect(await afterALook()).toBe(true);
    inside = DISK_RESERVE_BYTES * 0.2;
    expect(await afterALook()).toBe(true);
    inside = DISK_RESERVE_BYTES * 0.3;
    expect(await afterALook()).toBe(false);
    outside = 0;
    expect(await afterALook()).toBe(true);
    outside = undefined;
    expect(await afterALook()).toBe(false);
    room.stop();
    outside = 0;
    expect(await afterALook()).toBe(false);
  });

  test('is looked at once before anybody asks', async () => {
    const room = await watchDiskRoom({
      dir: '/',
      clock: createTestClock(),
      freeInside: () => 0,
      freeOutside: () => Promise.resolve(0),
    });
    expect(room.isShort()).toBe(true);
    room.stop();
  });

  test('is told by the file system itself', async () => {
    const room = await watchDiskRoom({
      dir: import.meta.dirname,
      clock: createTestClock(),
      freeInside: () => DISK_RESERVE_BYTES,
    });
    expect(room.isShort()).toBe(false);
    room.stop();
  });
});
