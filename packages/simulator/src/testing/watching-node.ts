import { WorkError, type BehaviourCatalogue, type Clock, type Message, type PreparedWork } from '@sluice/engine';
import { plainBehaviours } from './plain-nodes.ts';

export interface WatchedWork {
  readonly id: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into payloads that they wrote themselves
  readonly payload: any;
  readonly attempt: number;
  /** ms on the world's clock. */
  readonly fromMs: number;
  toMs: number;
  outcome: 'under-way' | 'done' | 'failed' | 'cancelled';
}

/** A step that takes its time and remembers what it was given. */
export interface WatchingNode {
  readonly works: readonly WatchedWork[];
  /** The plain nodes, `pass` replaced by it. */
  readonly behaviours: BehaviourCatalogue;
}

/** `takes` answers how long a work takes, in ms, or throws. */
export function watchingNode(clock: () => Clock, takes: (message: Message) => number): WatchingNode {
  const works: WatchedWork[] = [];
  const prepared: PreparedWork = {
    kind: 'work',
    work: async (message, { signal }) => {
      const { id, payload, attempt } = message;
      const fromMs = clock().monotonicMs();
      const work: WatchedWork = { id, payload, attempt, fromMs, toMs: Infinity, outcome: 'under-way' };
      works.push(work);
      const end = (outcome: WatchedWork['outcome']): void => {
        work.outcome = outcome;
        work.toMs = clock().monotonicMs();
      };
      await new Promise<void>((resolve, reject) => {
        let ms: number;
        try {
          ms = takes(message);
        } catch (error) {
          end('failed');
          throw error;
        }
        clock().setTimer(ms, resolve);
        signal.onCancel(() => {
          end('cancelled');
          reject(new WorkError('cancelled', { code: 'cancelled', retryable: true }));
        });
      });
      end('done');
      return { outputs: [{ payload }] };
    },
  };
  const found = { type: 'pass', prepare: () => Promise.resolve(prepared) };
  return { works, behaviours: { find: (type) => (type === 'pass' ? found : plainBehaviours.find(type)) } };
}

/** Most works at one time. */
export function mostAtOnce(works: readonly WatchedWork[]): number {
  return Math.max(0, ...works.map(({ fromMs }) => works.filter((o) => o.fromMs <= fromMs && fromMs < o.toMs).length));
}

/** Most begins within any span of this length. */
export function mostWithin(works: readonly WatchedWork[], spanMs: number): number {
  return Math.max(
    0,
    ...works.map(({ fromMs }) => works.filter((o) => o.fromMs > fromMs - spanMs && o.fromMs <= fromMs).length),
  );
}
