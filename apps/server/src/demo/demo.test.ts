import { checkDocument, parseDocument } from '@sluice/pipeline';
import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { PipelineStatus } from '@sluice/protocol';
import { expect, test, vi } from 'vitest';
import { testApi } from '../testing/test-api.ts';
import { DEMO_DOCUMENT } from './demo-document.ts';
import { seedDemo } from './seed-demo.ts';

const api = testApi();

test('the sample pipeline is a document without errors, and shows every delivery', () => {
  expect(parseDocument(DEMO_DOCUMENT).ok).toBe(true);
  expect(checkDocument(DEMO_DOCUMENT, nodeCatalogue).filter((finding) => finding.severity === 'error')).toEqual([]);
  expect(new Set(DEMO_DOCUMENT.wires.map((wire) => wire.delivery))).toEqual(new Set(['push', 'pull', 'event']));
});

test('it is there and moving after a first start, and stays away once it was removed', async () => {
  expect(await seedDemo(api.parts)).toBe(true);
  const params = { id: DEMO_DOCUMENT.name };
  await vi.waitFor(
    async () => {
      const { body } = await api.call<PipelineStatus>('readStatus', { params });
      expect(body.nodes['ship']?.completed).toBeGreaterThan(0);
      expect(body.nodes['ledger']?.completed).toBeGreaterThan(0);
      expect(body.totals.deadLetters).toBe(0);
    },
    { timeout: 10_000, interval: 100 },
  );
  await api.call('stop', { params });
  await api.call('removePipeline', { params });
  expect(await seedDemo(api.parts)).toBe(false);
  expect((await api.refusal('readPipeline', { params })).status).toBe(404);
});
