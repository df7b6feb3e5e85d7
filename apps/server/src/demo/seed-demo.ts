import { deployPipeline } from '../use-cases/deploy-pipeline.ts';
import type { ServerParts } from '../use-cases/server-parts.ts';
import { DEMO_DOCUMENT } from './demo-document.ts';

const SETTING = 'demo.seeded';

/**
 * On a first start: one sample pipeline, deployed. Once and never again, so whoever removes it does not get it back, and
 * never into an installation that has pipelines already. Answers whether it was seeded.
 */
export async function seedDemo(parts: ServerParts): Promise<boolean> {
  if ((await parts.database.settings.get(SETTING)) !== undefined) return false;
  const before = await parts.database.pipelines.list();
  const others = before.filter((pipeline) => pipeline.name !== DEMO_DOCUMENT.name);
  // The mark comes last, so after a crash in between it is tried again; the name keeps it from coming twice.
  if (others.length === 0) {
    if (before.length === 0) await parts.database.pipelines.create({ document: DEMO_DOCUMENT });
    const outcome = await deployPipeline(parts, DEMO_DOCUMENT.name, { note: 'Sample pipeline of the first start' });
    if (!outcome.ok) parts.log({ level: 'warn', text: 'The sample pipeline could not be deployed', data: { outcome } });
  }
  await parts.database.settings.set(SETTING, { at: new Date().toISOString() });
  return others.length === 0;
}
