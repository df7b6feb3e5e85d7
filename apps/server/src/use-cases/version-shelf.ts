import type { Database, StoredVersion } from '@sluice/database';

const KEPT_MAX = 500;

/** Versions at hand. They do not change, so what was read once need not be read again. */
export interface VersionShelf {
  find(pipelineId: string, number: number): Promise<StoredVersion | undefined>;
  /** After a version was withdrawn: its number will be another's. */
  forget(pipelineId: string, number: number): void;
}

export function createVersionShelf(versions: Pick<Database['versions'], 'find'>): VersionShelf {
  const kept = new Map<string, StoredVersion>();
  let forgotten = 0;
  return {
    async find(pipelineId, number) {
      const place = `${pipelineId}/${number}`;
      const known = kept.get(place);
      if (known !== undefined) return known;
      const before = forgotten;
      const version = await versions.find(pipelineId, number);
      // What was withdrawn while it was being read is not to be kept.
      if (version === undefined || forgotten !== before) return version;
      const [oldest] = kept.keys();
      if (kept.size >= KEPT_MAX && oldest !== undefined) kept.delete(oldest);
      kept.set(place, version);
      return version;
    },
    forget(pipelineId, number) {
      forgotten += 1;
      kept.delete(`${pipelineId}/${number}`);
    },
  };
}
