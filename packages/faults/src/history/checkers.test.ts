import { describe, expect, test } from 'vitest';
import {
  abortedReads,
  ALWAYS,
  type AnomalyName,
  backwardReads,
  balanceOf,
  conservation,
  doubleLeases,
  duplicateValues,
  IN_ORDER,
  inconsistentMessages,
  lostWrites,
  resurrections,
  skips,
  unseenAtEnd,
} from './checkers.ts';
import type { HistoryRecord } from './history.ts';

/** `k-3` is the fourth value of key k. */
function value(id: string): Pick<HistoryRecord, 't' | 'key' | 'id' | 'seq'> {
  const [key = '', seq] = id.split('-');
  return { t: 0, key, id, seq: Number(seq) };
}

function sent(id: string, phase: 'ok' | 'fail' | 'info' = 'ok'): readonly HistoryRecord[] {
  const record = { ...value(id), proc: 'sender', op: 'send' } as const;
  return [
    { ...record, phase: 'invoke' },
    { ...record, phase },
  ];
}

let calls = 0;
function delivered(
  id: string,
  o: { readonly phase?: 'ok' | 'fail' | 'info'; readonly life?: number; readonly message?: string } = {},
): readonly [HistoryRecord, HistoryRecord] {
  calls += 1;
  const record = {
    ...value(id),
    proc: `life-${o.life ?? 1}`,
    op: 'deliver',
    message: o.message ?? `m-${id}`,
    call: calls,
  } as const;
  return [
    { ...record, phase: 'invoke' },
    { ...record, phase: o.phase ?? 'ok' },
  ];
}

const dead = (id: string): HistoryRecord => ({ ...value(id), proc: 'reader', op: 'dead', phase: 'ok' });
const waiting = (id: string): HistoryRecord => ({ ...value(id), proc: 'reader', op: 'waiting', phase: 'ok' });
const quiet: HistoryRecord = { t: 0, proc: 'harness', op: 'quiet', phase: 'ok', key: '', id: '' };

function namesOf(found: readonly { readonly name: AnomalyName }[]): readonly AnomalyName[] {
  return found.map(({ name }) => name);
}

test('a history as it should be, with a kill and a repeat, has no anomaly', () => {
  const history = [
    ...sent('k-0'),
    ...delivered('k-0', { phase: 'fail' }),
    ...delivered('k-0'),
    ...sent('k-1', 'info'),
    ...sent('k-1'),
    ...delivered('k-1', { phase: 'info' }),
    ...delivered('k-0', { life: 2 }),
    ...delivered('k-1', { life: 2 }),
    ...sent('k-2', 'fail'),
    ...sent('l-0', 'info'),
    ...delivered('l-0', { life: 2 }),
    quiet,
    ...sent('k-3'),
    dead('k-3'),
  ];
  for (const check of Object.values({ ...ALWAYS, ...IN_ORDER })) expect(check(history)).toEqual([]);
  expect(balanceOf(history)).toMatchObject({ repeats: 1 });
});

describe('a lost write', () => {
  test('is what was accepted and is nowhere', () => {
    expect(lostWrites([...sent('k-0')])).toEqual([{ name: 'lost-write', detail: 'k-0 was accepted and is nowhere' }]);
  });
  test('is also what the sink was offered and refused', () => {
    expect(namesOf(lostWrites([...sent('k-0'), ...delivered('k-0', { phase: 'fail' })]))).toEqual(['lost-write']);
  });
  test('counts one answer of acceptance among tries that came to nothing', () => {
    expect(namesOf(lostWrites([...sent('k-0', 'info'), ...sent('k-0'), ...sent('k-0', 'fail')]))).toEqual([
      'lost-write',
    ]);
  });
  test('is not what nobody was told about', () => {
    expect(lostWrites([...sent('k-0', 'info'), ...sent('k-1', 'fail')])).toEqual([]);
  });
});

describe('an aborted read', () => {
  test('is the delivery of what was refused', () => {
    expect(namesOf(abortedReads([...sent('k-0', 'fail'), ...delivered('k-0')]))).toEqual(['aborted-read']);
  });
  test('is the delivery of what nobody sent', () => {
    expect(namesOf(abortedReads([...delivered('k-0')]))).toEqual(['aborted-read']);
  });
  test('is not the delivery of what may have been accepted, or is still being sent', () => {
    const [invoked] = sent('k-1');
    expect(
      abortedReads([...sent('k-0', 'info'), ...delivered('k-0'), ...(invoked ? [invoked] : []), ...delivered('k-1')]),
    ).toEqual([]);
  });
});

test('one message id for two values is inconsistent', () => {
  const history = [...delivered('k-0', { message: 'm' }), ...delivered('k-1', { message: 'm' })];
  expect(inconsistentMessages(history)).toEqual([
    { name: 'inconsistent-message', detail: 'message m stands for k-0 and k-1' },
  ]);
  expect(duplicateValues(history)).toEqual([]);
});

test('one value under two message ids is a duplicate that its sink cannot recognise', () => {
  const history = [...delivered('k-0', { message: 'm' }), ...delivered('k-0', { message: 'n' })];
  expect(duplicateValues(history)).toEqual([{ name: 'duplicate-value', detail: 'k-0 came under the ids m and n' }]);
  expect(inconsistentMessages(history)).toEqual([]);
});

describe('a skip', () => {
  test('is a value that comes for the first time after a later one of its key', () => {
    expect(skips([...delivered('k-0'), ...delivered('k-2'), ...delivered('k-1', { life: 2 })])).toEqual([
      { name: 'skip', detail: 'k-1 came for the first time after k-2' },
    ]);
  });
  test('is no repeat, no other key, and no dead letter that was sent in again', () => {
    expect(
      skips([...delivered('k-1'), ...delivered('l-0'), ...delivered('k-1'), ...delivered('k-0'), dead('k-0')]),
    ).toEqual([]);
  });
});

describe('a read that goes back', () => {
  test('is a delivery behind what was taken in the same life', () => {
    expect(backwardReads([...delivered('k-0'), ...delivered('k-1'), ...delivered('k-0')])).toEqual([
      { name: 'backward-read', detail: 'k-0 came after k-1 in life-1' },
    ]);
  });
  test('is none in another life, or after what the sink refused', () => {
    expect(backwardReads([...delivered('k-1'), ...delivered('k-0', { life: 2 })])).toEqual([]);
    expect(backwardReads([...delivered('k-1', { phase: 'fail' }), ...delivered('k-0')])).toEqual([]);
  });
});

test('what waits at the end is unseen', () => {
  expect(namesOf(unseenAtEnd([...sent('k-0'), waiting('k-0')]))).toEqual(['unseen']);
});

describe('a double lease', () => {
  const [first, firstEnd] = delivered('k-0');
  const [second] = delivered('k-0');
  test('is one message in two calls at once', () => {
    expect(namesOf(doubleLeases([first, second]))).toEqual(['double-lease']);
  });
  test('is none when the first call had ended, or its process had', () => {
    expect(doubleLeases([first, firstEnd, second])).toEqual([]);
    expect(doubleLeases([first, ...delivered('k-0', { life: 2 })])).toEqual([]);
  });
});

describe('a resurrection', () => {
  test('is a delivery of what was settled', () => {
    expect(namesOf(resurrections([...delivered('k-0'), quiet, ...delivered('k-0', { life: 2 })]))).toEqual([
      'resurrected',
    ]);
  });
  test('is none before all was settled, or of what the sink had not taken', () => {
    expect(resurrections([...delivered('k-0'), ...delivered('k-0', { life: 2 }), quiet])).toEqual([]);
    expect(resurrections([...delivered('k-0', { phase: 'fail' }), quiet, ...delivered('k-0')])).toEqual([]);
  });
});

describe('conservation', () => {
  test('holds when everything accepted is delivered, dead or waiting', () => {
    const history = [...sent('k-0'), ...sent('k-1'), ...sent('k-2'), ...delivered('k-0'), dead('k-1'), waiting('k-2')];
    expect(conservation(history)).toEqual([]);
  });
  test('is broken by what is missing, and says the figures', () => {
    expect(conservation([...sent('k-0'), ...sent('k-1'), ...delivered('k-0')])).toEqual([
      { name: 'conservation', detail: '2 accepted, but 1 found: 1 delivered, 0 dead, 0 waiting' },
    ]);
  });
  test('is broken by what is in two places', () => {
    expect(conservation([...sent('k-0'), dead('k-0'), waiting('k-0')])).toEqual([
      { name: 'conservation', detail: 'k-0 is dead and waits, too' },
    ]);
  });
});
