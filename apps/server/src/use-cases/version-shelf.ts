import type { Database, StoredVersion } from '@sluice/database';

const KEPT_MAX = 500;

/** Versions at hand. They never change, so what was read once need not be read again. */
export interface VersionShelf {
  find(pipelineId: string, number: number): Promise<StoredVersion | undefined>;
}

export function createVersionShelf(versions: Pick<Database['versions'], 'find'>): VersionShelf {
  const kept = new Map<string, StoredVersion>();
  return {
    async find(pipelineId, number) {
      const place = `${pipelineId}/${number}`;
      const known = kept.get(place);
      if (known !== undefined) return known;
      const version = await versions.find(pipelineId, number);
      if (version === undefined) return undefined;
      const [oldest] = kept.keys();
      if (kept.size >= KEPT_MAX && oldest !== undefined) kept.delete(oldest);
      kept.set(place, version);
      return version;
    },
  };
}
