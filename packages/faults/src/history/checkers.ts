import type { HistoryRecord } from './history.ts';

/** Something that must never be seen. */
export interface Anomaly {
  readonly name: AnomalyName;
  readonly detail: string;
}

export type Checker = (records: readonly HistoryRecord[]) => readonly Anomaly[];

/** Told that it is kept, and then neither delivered nor dead nor waiting (a "lost write"). */
export const lostWrites: Checker = (records) => {
  const found = placesOf(records);
  return [...sendOutcomes(records)]
    .filter(([id, outcome]) => outcome === 'ok' && !found.has(id))
    .map(([id]) => ({ name: 'lost-write', detail: `${id} was accepted and is nowhere` }));
};

/** Delivered although the sender was told each time that it was not kept (an "aborted read"). */
export const abortedReads: Checker = (records) => {
  const outcomes = sendOutcomes(records);
  const ids = new Set(ofKind(records, 'deliver').map(({ id }) => id));
  return [...ids].flatMap((id) => {
    const outcome = outcomes.get(id);
    if (outcome === 'ok' || outcome === 'info') return [];
    const why = outcome === undefined ? 'nobody sent it' : 'its sender was told that it was refused';
    return [{ name: 'aborted-read' as const, detail: `${id} was delivered, but ${why}` }];
  });
};

/** Two values under one message id: whoever deduplicates by id would lose one ("inconsistent offsets"). */
export const inconsistentMessages: Checker = (records) =>
  clashes(
    records,
    ({ message }) => message,
    ({ id }) => id,
  ).map(([message, ids]) => ({
    name: 'inconsistent-message',
    detail: `message ${message} stands for ${ids.join(' and ')}`,
  }));

/** One value under two message ids: whoever deduplicates by id would take it twice ("duplicate values"). */
export const duplicateValues: Checker = (records) =>
  clashes(
    records,
    ({ id }) => id,
    ({ message }) => message,
  ).map(([id, messages]) => ({
    name: 'duplicate-value',
    detail: `${id} came under the ids ${messages.join(' and ')}`,
  }));

/** A value of a key came before an earlier one of its key that was accepted ("poll skips", "nonmonotonic sends"). */
export const skips: Checker = (records) => {
  const aside = new Set(ofKind(records, 'dead').map(({ id }) => id));
  return arrivalsByKey(records).flatMap((deliveries) => {
    const seen = new Set<string>();
    let highest: HistoryRecord | undefined;
    return deliveries.flatMap((record) => {
      if (seen.has(record.id)) return [];
      seen.add(record.id);
      if (highest === undefined || (record.seq ?? 0) > (highest.seq ?? 0)) highest = record;
      else if (!aside.has(record.id)) {
        return [{ name: 'skip' as const, detail: `${record.id} came for the first time after ${highest.id}` }];
      }
      return [];
    });
  });
};

/** Within one life of the server a key went back behind what its sink had taken ("nonmonotonic polls"). */
export const backwardReads: Checker = (records) => {
  const taken = takenCalls(records);
  return arrivalsByKey(records).flatMap((deliveries) => {
    const last = new Map<string, HistoryRecord>();
    return deliveries.flatMap((record) => {
      const before = last.get(record.proc);
      if (before !== undefined && (before.seq ?? 0) > (record.seq ?? 0)) {
        return [{ name: 'backward-read' as const, detail: `${record.id} came after ${before.id} in ${record.proc}` }];
      }
      if (taken.has(record.call)) last.set(record.proc, record);
      return [];
    });
  });
};

/** What still waited when everything should have been read ("unseen" has to fall to nothing). */
export const unseenAtEnd: Checker = (records) =>
  ofKind(records, 'waiting').map(({ id }) => ({ name: 'unseen', detail: `${id} still waits at the end` }));

/** Two calls with one message at the same time, from one process: two workers had it in hand. */
export const doubleLeases: Checker = (records) => {
  const open = new Map<string, number>();
  return records.flatMap((record) => {
    if (record.op !== 'deliver' || record.message === undefined) return [];
    const place = `${record.proc} ${record.message}`;
    const calls = open.get(place) ?? 0;
    open.set(place, calls + (record.phase === 'invoke' ? 1 : -1));
    return record.phase === 'invoke' && calls > 0
      ? [{ name: 'double-lease' as const, detail: `${record.id} was in hand twice in ${record.proc}` }]
      : [];
  });
};

/** Delivered again although everything had been settled in between. */
export const resurrections: Checker = (records) => {
  const taken = takenCalls(records);
  const settled = new Set<string>();
  const lately = new Set<string>();
  return records.flatMap((record) => {
    if (record.op === 'quiet') for (const id of lately) settled.add(id);
    if (record.op !== 'deliver' || record.phase !== 'invoke') return [];
    if (settled.has(record.id))
      return [{ name: 'resurrected' as const, detail: `${record.id} came again after it was settled` }];
    if (taken.has(record.call)) lately.add(record.id);
    return [];
  });
};

/** Accepted = delivered + dead + waiting, and nothing is dead and waiting at once. */
export const conservation: Checker = (records) => {
  const { accepted, delivered, dead, waiting } = balanceOf(records);
  const found = new Set([...delivered, ...dead, ...waiting]);
  const missing = [...accepted].filter((id) => !found.has(id)).length;
  const twice = [...dead].filter((id) => waiting.has(id));
  return [
    ...(missing === 0
      ? []
      : [
          {
            name: 'conservation' as const,
            detail: `${accepted.size} accepted, but ${accepted.size - missing} found: ${delivered.size} delivered, ${dead.size} dead, ${waiting.size} waiting`,
          },
        ]),
    ...twice.map((id) => ({ name: 'conservation' as const, detail: `${id} is dead and waits, too` })),
  ];
};

/** What holds for every history. The order of keys is checked only where it was promised. */
export const ALWAYS = {
  'lost-write': lostWrites,
  'aborted-read': abortedReads,
  'inconsistent-message': inconsistentMessages,
  'duplicate-value': duplicateValues,
  unseen: unseenAtEnd,
  'double-lease': doubleLeases,
  resurrected: resurrections,
  conservation,
} as const satisfies Readonly<Record<string, Checker>>;

export const IN_ORDER = { skip: skips, 'backward-read': backwardReads } as const satisfies Readonly<
  Record<string, Checker>
>;

export type AnomalyName = 'early-answer' | 'other' | keyof typeof ALWAYS | keyof typeof IN_ORDER;

export interface Balance {
  readonly accepted: ReadonlySet<string>;
  readonly delivered: ReadonlySet<string>;
  readonly dead: ReadonlySet<string>;
  readonly waiting: ReadonlySet<string>;
  /** Deliveries of what the sink had taken before. */
  readonly repeats: number;
}

export function balanceOf(records: readonly HistoryRecord[]): Balance {
  const ids = (op: HistoryRecord['op']) =>
    new Set(records.filter((record) => record.op === op && record.phase === 'ok').map(({ id }) => id));
  const taken = new Set<string>();
  let repeats = 0;
  for (const { op, phase, id } of records) {
    if (op !== 'deliver' || phase !== 'ok') continue;
    if (taken.has(id)) repeats += 1;
    taken.add(id);
  }
  return { accepted: ids('send'), delivered: ids('deliver'), dead: ids('dead'), waiting: ids('waiting'), repeats };
}

/** The best that any try of a value came to: what one sender was told counts even if another was told nothing. */
function sendOutcomes(records: readonly HistoryRecord[]): ReadonlyMap<string, 'ok' | 'info' | 'fail'> {
  const open = new Map<string, number>();
  const outcomes = new Map<string, 'ok' | 'info' | 'fail'>();
  for (const { op, phase, id } of records) {
    if (op !== 'send') continue;
    open.set(id, (open.get(id) ?? 0) + (phase === 'invoke' ? 1 : -1));
    const before = outcomes.get(id);
    if (phase === 'ok' || before === 'ok') outcomes.set(id, 'ok');
    else if (phase === 'info' || before === 'info') outcomes.set(id, 'info');
    else if (phase === 'fail') outcomes.set(id, 'fail');
  }
  for (const [id, calls] of open) if (calls > 0 && outcomes.get(id) !== 'ok') outcomes.set(id, 'info');
  return outcomes;
}

function placesOf(records: readonly HistoryRecord[]): ReadonlySet<string> {
  return new Set(
    records
      .filter(({ op, phase }) => (op === 'deliver' || op === 'dead' || op === 'waiting') && phase === 'ok')
      .map(({ id }) => id),
  );
}

function takenCalls(records: readonly HistoryRecord[]): ReadonlySet<number | undefined> {
  return new Set(records.filter(({ op, phase }) => op === 'deliver' && phase === 'ok').map(({ call }) => call));
}

function ofKind(records: readonly HistoryRecord[], op: HistoryRecord['op']): readonly HistoryRecord[] {
  return records.filter((record) => record.op === op);
}

/** Arrivals at the sink, key by key, of values that have a place within their key. */
function arrivalsByKey(records: readonly HistoryRecord[]): readonly (readonly HistoryRecord[])[] {
  const arrivals = records.filter(({ op, phase, seq }) => op === 'deliver' && phase === 'invoke' && seq !== undefined);
  return [...Map.groupBy(arrivals, ({ key }) => key).values()];
}

/** What stands under one name at the sink, where that is more than one. */
function clashes(
  records: readonly HistoryRecord[],
  nameOf: (record: HistoryRecord) => string | undefined,
  standsFor: (record: HistoryRecord) => string | undefined,
): readonly (readonly [name: string, values: readonly string[]])[] {
  const values = new Map<string, Set<string>>();
  for (const record of ofKind(records, 'deliver')) {
    const [name, value] = [nameOf(record), standsFor(record)];
    if (name === undefined || value === undefined) continue;
    values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  return [...values].filter(([, found]) => found.size > 1).map(([name, found]) => [name, [...found]]);
}
