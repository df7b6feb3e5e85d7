import { expect, test } from '@playwright/test';
import { startRecordingTarget } from '@sluice/testkit/recording-target';
import { startSluice } from './fixtures/sluice-server.ts';
import { post } from './fixtures/webhook-sender.ts';

const KILLS = 5;
const SENDERS = 8;
const PER_LIFE = 400;

test('five kills under load over an event and a pull wire lose nothing that was accepted', async () => {
  test.setTimeout(120_000);
  const sluice = await startSluice();
  const target = await startRecordingTarget();
  try {
    await sluice.api('POST', '/pipelines', {
      format: 'sluice/v1',
      name: 'ledger',
      nodes: [
        { id: 'in', type: 'webhook', config: { path: 'entry', idempotencyKey: 'id' } },
        { id: 'mark', type: 'transform', config: { expression: "{ 'id': id, 'marked': true }" } },
        { id: 'book', type: 'http-request', config: { method: 'POST', url: target.url }, work: { workers: 8 } },
      ],
      wires: [
        { id: 'w1', from: 'in', to: 'mark', delivery: 'event' },
        { id: 'w2', from: 'mark', to: 'book', delivery: 'pull' },
      ],
    });
    await sluice.api('POST', '/pipelines/ledger/deploy', {});

    const accepted = new Set<string>();
    let next = 0;
    let stopping = false;
    // A sender repeats its request under the same id until somebody answers, as a good sender does.
    const sender = async (): Promise<void> => {
      while (!stopping) {
        const id = `entry-${next}`;
        next += 1;
        const body = JSON.stringify({ id });
        for (;;) {
          const answer = await post(`${sluice.url}/hooks/ledger/entry`, { 'content-type': 'application/json' }, body);
          if (answer.status === 202 || answer.status === 200) {
            accepted.add(id);
            break;
          }
          if (stopping) return;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    const senders = Array.from({ length: SENDERS }, sender);
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const enough = accepted.size + PER_LIFE;
      await expect.poll(() => accepted.size, { timeout: 20_000, intervals: [10] }).toBeGreaterThan(enough);
      await sluice.kill();
      await sluice.restart();
    }
    await expect.poll(() => accepted.size, { timeout: 20_000 }).toBeGreaterThan(KILLS * PER_LIFE + 100);
    stopping = true;
    await Promise.all(senders);

    const idsOf = () => new Set(target.received.map((delivery) => bodyOf(delivery).id));
    await expect.poll(() => [...accepted].filter((id) => !idsOf().has(id)).length, { timeout: 60_000 }).toBe(0);

    // The same entry twice always carries the same key, and no more came twice than can have been in hand.
    const keys = new Map<string, string>();
    for (const delivery of target.received) {
      const { id } = bodyOf(delivery);
      const known = keys.get(id) ?? delivery.id ?? '';
      expect(delivery.id).toBe(known);
      keys.set(id, known);
    }
    const twice = target.received.length - keys.size;
    test.info().annotations.push({
      type: 'figures',
      description: `${accepted.size} accepted, 0 lost, ${twice} delivered twice in ${KILLS} kills`,
    });
    expect(twice).toBeLessThanOrEqual(KILLS * (8 + 256));
  } finally {
    await sluice.dispose();
    await target.close();
  }
});

function bodyOf(request: { readonly body: string }): { readonly id: string; readonly total?: number } {
  return JSON.parse(request.body) as { id: string; total?: number };
}
