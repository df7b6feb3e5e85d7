import { seededRandom } from '@sluice/testkit';
import { describe, expect, test } from 'vitest';
import type { BorderEvent } from './border-event.ts';
import { crashImage } from './crash-image.ts';

const PAGE = 4_096;
const all = { next: () => 0.7 };
const none = { next: () => 0 };

function log(...steps: readonly (readonly Partial<BorderEvent>[])[]): readonly BorderEvent[] {
  return steps.flat().map((event, index) => ({
    kind: 'write',
    phase: 'begin',
    life: 1,
    number: index + 1,
    isSynchronous: false,
    at: 0,
    result: 0,
    bytes: Buffer.alloc(0),
    ...event,
  }));
}

function written(letter: string, page: number, isSynchronous = false): readonly Partial<BorderEvent>[] {
  const at = page * PAGE;
  return [
    { kind: 'write', phase: 'begin', isSynchronous, at, bytes: Buffer.alloc(PAGE, letter) },
    { kind: 'write', phase: 'end', isSynchronous, at, result: PAGE },
  ];
}

function flushed(result = 0): readonly Partial<BorderEvent>[] {
  return [
    { kind: 'flush', phase: 'begin' },
    { kind: 'flush', phase: 'end', result },
  ];
}

/** The first byte of each page. */
function pagesOf(image: Buffer): string {
  return Array.from({ length: Math.ceil(image.length / PAGE) }, (_, page) =>
    String.fromCharCode(image[page * PAGE] ?? 0).replace('\0', '-'),
  ).join('');
}

describe('a loss of power', () => {
  test('leaves what a flush covered, and of the rest what had the luck to get there', () => {
    const events = log(written('a', 0), flushed(), written('b', 1));
    expect(pagesOf(crashImage(events, events.length, none))).toBe('a');
    expect(pagesOf(crashImage(events, events.length, all))).toBe('ab');
  });

  test('in the middle of a flush leaves nothing for certain', () => {
    const events = log(written('a', 0), flushed());
    expect(pagesOf(crashImage(events, events.length - 1, none))).toBe('');
  });

  test('after a flush that failed leaves nothing for certain', () => {
    const events = log(written('a', 0), flushed(-1));
    expect(pagesOf(crashImage(events, events.length, none))).toBe('');
  });

  test('does not take back what was written through', () => {
    const events = log(written('a', 0), written('m', 1, true));
    expect(pagesOf(crashImage(events, events.length, none))).toBe('-m');
    expect(pagesOf(crashImage(events, events.length - 1, none))).toBe('');
  });

  test('knows nothing of what came later', () => {
    const events = log(written('a', 0), flushed(), written('b', 0), flushed());
    expect(pagesOf(crashImage(events, 4, all))).toBe('a');
    expect(pagesOf(crashImage(events, events.length, all))).toBe('b');
  });

  test('may leave a part of a page', () => {
    const events = log(written('a', 0), flushed(), written('b', 0));
    const image = crashImage(events, events.length, { next: () => 0.95 });
    expect(image.subarray(0, 512).toString()).toBe('b'.repeat(512));
    expect(image.subarray(PAGE - 512).toString()).toBe('a'.repeat(512));
  });

  test('is the same for the same seed', () => {
    const events = log(...Array.from({ length: 20 }, (_, page) => written('x', page)));
    const image = (seed: number): Buffer => crashImage(events, events.length, seededRandom(seed));
    expect(image(1).equals(image(1))).toBe(true);
    expect(image(1).equals(image(2))).toBe(false);
  });
});
