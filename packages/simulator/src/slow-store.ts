import type { Clock, MessageStore, Random } from '@sluice/engine';

/** How long a modelled disk takes, ms: uniform between the two. */
export interface DiskModel {
  /** Until a commit has taken effect. */
  readonly commitMs: readonly [number, number];
  /** From the effect of a commit to its answer: a crash in between leaves a commit that nobody was told of. */
  readonly answerMs: readonly [number, number];
  readonly leaseMs: readonly [number, number];
  /** A flush that takes long, once in a while: share of commits, and how long; ms. */
  readonly stalls?: { readonly share: number; readonly ms: number };
  /** Share of commits that fail as a disk fails: nobody knows whether they took effect. Half of them did. */
  readonly errors?: number;
}

/** A commit that the modelled disk let fail. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
}

export interface SlowStore {
  readonly store: MessageStore;
  /**
   * The process is about to die: of what has been asked for and has not taken effect, the first `share` still does, as a
   * disk may finish what it was given. Never a later one without those before it.
   */
  finish(share: number): void;
}

/**
 * A message store whose commits and leases take time, as on a disk. Calls take effect one after the other in the order
 * in which they were made, and nothing takes effect after the store behind it has died.
 */
export function createSlowStore(parts: {
  readonly store: MessageStore;
  readonly disk: DiskModel;
  readonly clock: Clock;
  readonly random: Random;
}): SlowStore {
  const { store, disk, clock, random } = parts;
  let line: Promise<unknown> = Promise.resolve();
  /** What has not taken effect yet, oldest first. */
  const asked = new Set<() => void>();

  const wait = ([least, most]: readonly [number, number]): Promise<void> => {
    const ms = least + random.next() * (most - least);
    return ms === 0 ? Promise.resolve() : new Promise((resolve) => clock.setTimer(ms, resolve));
  };
  const stall = async (): Promise<void> => {
    if (disk.stalls === undefined || random.next() >= disk.stalls.share) return;
    await wait([disk.stalls.ms, disk.stalls.ms]);
  };
  const inLine = <Result>(ms: readonly [number, number], act: () => Promise<Result>): Promise<Result> => {
    let begun: Promise<Result> | undefined;
    const once = (): Promise<Result> => (begun ??= act());
    const begin = (): void => void once().catch(() => {});
    asked.add(begin);
    const result = line
      .then(() => wait(ms))
      .then(() => {
        asked.delete(begin);
        return once();
      });
    line = result.then(
      () => {},
      () => {},
    );
    return result;
  };

  const overrides: Partial<MessageStore> = {
    async commit(operations) {
      const chance = disk.errors === undefined ? 1 : random.next() / disk.errors;
      const result = await inLine(disk.commitMs, async () => {
        if (chance < 0.5) throw new DiskError('The disk failed before the commit took effect');
        return store.commit(operations);
      });
      await stall();
      await wait(disk.answerMs);
      if (chance < 1) throw new DiskError('The disk failed after the commit took effect');
      return result;
    },
    lease: (request) => inLine(disk.leaseMs, () => store.lease(request)),
    extend: (lease, leaseMs) => inLine(disk.leaseMs, () => store.extend(lease, leaseMs)),
  };
  return {
    store: new Proxy(store, {
      get(target, name) {
        if (Object.hasOwn(overrides, name)) return overrides[name as keyof MessageStore];
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    }),
    finish(share) {
      const first = [...asked].slice(0, Math.floor(asked.size * share));
      asked.clear();
      for (const act of first) act();
    },
  };
}
