import { describe, expect, it } from 'vitest';
import { chain, pull, runPlain } from '../testing/run-plain.ts';

const burst = [{ path: 'in', perSecond: 50, fromMs: 0, toMs: 2_000, payload: (n: number) => ({ id: `m${n}` }) }];

describe('verdict', () => {
  it('names the rate limit that a backlog waits for, and when it will be gone', async () => {
    const { figures } = await runPlain(chain([pull, pull], { pass: { rateLimit: '5/s' } }), {
      arrivals: burst,
      durationMs: 12_000,
    });
    expect(figures?.verdict).toMatchObject({ kind: 'limited', nodeId: 'pass' });
    expect(figures?.verdict.text).toMatch(/^Limited by pass: rate limit 5\/s, \d+ waiting, (growing|drains in \d+ s)$/);
  });

  it('says that it flows while nothing waits, and is idle when all is done', async () => {
    const document = chain([pull, pull]);
    expect((await runPlain(document, { arrivals: burst, durationMs: 1_900 })).figures?.verdict.kind).toBe('flowing');
    expect((await runPlain(document, { arrivals: burst, durationMs: 60_000 })).figures?.verdict.kind).toBe('idle');
  });

  it('says stuck, names the node and why while a breaker is open', async () => {
    const target = { latencyMs: [5, 10], failureRate: 0, outages: [{ fromMs: 0, toMs: 60_000 }] } as const;
    const { figures } = await runPlain(chain([pull, pull]), { arrivals: burst, durationMs: 10_000, target });
    expect(figures?.verdict).toMatchObject({ kind: 'stuck', nodeId: 'call' });
    expect(figures?.verdict.text).toContain('does not answer');
  });
});
