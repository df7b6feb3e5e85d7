import { describe, expect, it } from 'vitest';
import type { Lease } from '../ports/message-store.ts';
import type { RetryPlan, RetryRulePlan } from '../plan/node-plan.ts';
import { WorkError } from '../work-error.ts';
import { decideSettlement, deadLetterOperations } from './settle.ts';

const NOW = 1_767_225_600_000;
const retry: RetryPlan = {
  attempts: 3,
  backoff: 'exponential',
  baseMs: 200,
  capMs: 5_000,
  scheduleMs: undefined,
  maxAgeMs: 60_000,
  budget: 1,
  rules: [],
};

function aLease(
  wishes: { readonly attempt?: number; readonly ageMs?: number; readonly partition?: number } = {},
): Lease {
  const message = {
    id: 'm',
    key: 'k',
    payload: { a: 1 },
    headers: { h: 'v' },
    correlationId: 'c',
    eventTime: 1,
    enqueuedAt: NOW - (wishes.ageMs ?? 0),
  };
  return {
    source:
      wishes.partition === undefined
        ? { kind: 'queue', queue: 'p/w' }
        : { kind: 'group', log: 'p/n.out', group: 'p/w', partition: wishes.partition },
    position: 12,
    token: 3,
    expiresAt: NOW + 1_000,
    message: { ...message, attempt: wishes.attempt ?? 1 },
    crashes: 0,
    history: [],
  };
}

const ANY: RetryRulePlan = { statuses: [], codes: [], retryable: true, afterMs: undefined };

function decide(wishes: {
  readonly attempt?: number;
  readonly ageMs?: number;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly heldBack?: boolean;
  readonly onPoison?: 'park' | 'block';
  readonly rule?: Partial<RetryRulePlan>;
  readonly ownerRule?: Partial<RetryRulePlan>;
}) {
  const { retryAfterMs } = wishes;
  return decideSettlement({
    lease: aLease(wishes),
    failure: {
      work: new WorkError('broken', {
        code: 'target-status',
        retryable: wishes.retryable ?? true,
        status: 503,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      }),
      heldBack: wishes.heldBack ?? false,
      rule: wishes.rule === undefined ? undefined : { ...ANY, ...wishes.rule },
    },
    retry: { ...retry, rules: wishes.ownerRule === undefined ? [] : [{ ...ANY, ...wishes.ownerRule }] },
    onPoison: wishes.onPoison ?? 'park',
    now: NOW,
    random: { next: () => 0.5 },
  });
}

describe('C6 C8 what becomes of a message whose work failed', () => {
  for (const [name, wishes, expected] of [
    ['held back: given back uncounted', { heldBack: true, retryable: false, attempt: 9 }, { kind: 'release' }],
    ['first failure: again after half of the base', {}, { kind: 'retry', dueAt: NOW + 100 }],
    ['second failure: again after half of twice the base', { attempt: 2 }, { kind: 'retry', dueAt: NOW + 200 }],
    ['the target asks for rest: not before', { retryAfterMs: 9_000 }, { kind: 'retry', dueAt: NOW + 9_000 }],
    ['last attempt: dead letter', { attempt: 3 }, { kind: 'dead-letter', reason: 'attempts-exhausted' }],
    [
      'beyond the last attempt, after crashes: dead letter',
      { attempt: 7 },
      { kind: 'dead-letter', reason: 'attempts-exhausted' },
    ],
    ['permanent: dead letter at once', { retryable: false }, { kind: 'dead-letter', reason: 'permanent' }],
    ['too old: dead letter', { ageMs: 60_000 }, { kind: 'dead-letter', reason: 'too-old' }],
    ['nearly too old: again', { ageMs: 59_999 }, { kind: 'retry' }],
    [
      'a rule gives it up: dead letter at once',
      { rule: { retryable: false } },
      { kind: 'dead-letter', reason: 'permanent' },
    ],
    [
      'a rule retries what is permanent of itself, after its own wait',
      { retryable: false, rule: { afterMs: 60_000 } },
      { kind: 'retry', dueAt: NOW + 63_000 },
    ],
    [
      'a rule retries, but not beyond the attempts',
      { attempt: 3, rule: { afterMs: 1 } },
      { kind: 'dead-letter', reason: 'attempts-exhausted' },
    ],
    [
      "the owner's rule, where the node that failed has none",
      { ownerRule: { statuses: [{ from: 500, to: 599 }], retryable: false } },
      { kind: 'dead-letter', reason: 'permanent' },
    ],
    [
      'the rule of the node that failed goes before that of the owner',
      { rule: { afterMs: 1_000 }, ownerRule: { retryable: false } },
      { kind: 'retry', dueAt: NOW + 1_050 },
    ],
    [
      'last attempt where poison blocks: again at the cap',
      { attempt: 3, onPoison: 'block' },
      { kind: 'retry', dueAt: NOW + 5_000 },
    ],
    [
      'permanent where poison blocks: again at the cap',
      { retryable: false, onPoison: 'block' },
      { kind: 'retry', dueAt: NOW + 5_000 },
    ],
    [
      'poison blocks and the target asks for longer',
      { attempt: 3, onPoison: 'block', retryAfterMs: 60_000 },
      { kind: 'retry', dueAt: NOW + 60_000 },
    ],
  ] as const) {
    it(name, () => expect(decide(wishes)).toMatchObject(expected));
  }

  it('records the attempt with a message of bounded length', () => {
    const settlement = decideSettlement({
      lease: aLease({ attempt: 2 }),
      failure: {
        work: new WorkError('x'.repeat(5_000), { code: 'target-status', retryable: true }),
        heldBack: false,
        rule: undefined,
      },
      retry,
      onPoison: 'park',
      now: NOW,
      random: { next: () => 0 },
    });
    expect(settlement).toMatchObject({ failure: { attempt: 2, at: NOW, code: 'target-status' } });
    expect(settlement.kind === 'retry' && settlement.failure.message.length).toBe(1_000);
  });
});

describe('C8 a dead letter', () => {
  const cause = {
    pipelineId: 'p',
    version: 4,
    nodeId: 'n',
    wireId: 'w',
    reason: 'permanent',
    failure: { attempt: 2, at: NOW, code: 'bad', message: 'no' },
    now: NOW,
  } as const;

  it('keeps the message whole and leaves its wire in the same commit', () => {
    const lease = {
      ...aLease({ attempt: 2 }),
      history: [{ attempt: 1, at: NOW - 5, code: 'earlier', message: 'was' }],
    };
    const [ack, record] = deadLetterOperations({ ...cause, lease });
    expect(ack).toEqual({ op: 'ack', lease });
    expect(record).toEqual({
      op: 'dead-letter',
      letter: {
        id: `w-12-${NOW}`,
        pipelineId: 'p',
        nodeId: 'n',
        wireId: 'w',
        version: 4,
        reason: 'permanent',
        error: { code: 'bad', message: 'no' },
        cause: 'bad: no',
        attempts: 2,
        history: [...lease.history, cause.failure],
        message: {
          id: 'm',
          key: 'k',
          payload: { a: 1 },
          headers: { h: 'v' },
          correlationId: 'c',
          eventTime: 1,
          enqueuedAt: NOW,
        },
        deadAt: NOW,
      },
    });
  });

  it('has another id in every partition', () => {
    const idOf = (partition: number) => {
      const [, record] = deadLetterOperations({ ...cause, lease: aLease({ partition }) });
      return record?.op === 'dead-letter' ? record.letter.id : '';
    };
    expect(idOf(0)).not.toBe(idOf(1));
  });
});
