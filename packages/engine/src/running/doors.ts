import type { IngressAnswer } from '../engine-interface.ts';
import type { Clock } from '../ports/clock.ts';
import type { IngressRequest } from '../ports/node-behaviour.ts';
import type { RunningRoute } from '../source/ingress.ts';
import { SUPERSEDED, type Inlet } from './inlet.ts';
import type { InletSet } from './inlet-set.ts';
import { changingVersion } from './intake-refusals.ts';

/** The addresses of a pipeline, whoever answers at them now. */
export interface Doors {
  /** The webhook at a path. */
  routeAt(path: string): RunningRoute | undefined;
  /** Hands a request to the webhook that is at the path now. `undefined`: there is none any more. */
  receive(path: string, request: IngressRequest): Promise<IngressAnswer | undefined>;
}

/** A request that comes while messages are moved before it waits this long for its turn. */
const PATIENCE_MS = 5_000;

export function createDoors(inlets: Pick<InletSet, 'doors'>, clock: Clock, pipelineName: () => string): Doors {
  const doorAt = (path: string) => inlets.doors().find(({ inlet }) => inlet.route?.path === path);

  const isOverInTime = (promise: Promise<void>): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = clock.setTimer(PATIENCE_MS, () => resolve(false));
      void promise.then(() => {
        clock.clearTimer(timer);
        resolve(true);
      });
    });

  return {
    routeAt: (path) => doorAt(path)?.inlet.route,
    async receive(path, request) {
      for (let last: Inlet | undefined; ;) {
        const door = doorAt(path);
        if (door?.inlet.route === undefined) return undefined;
        if (door.opened !== undefined && !(await isOverInTime(door.opened)))
          return { ok: false, problem: changingVersion(pipelineName()) };
        const answer = await door.inlet.route.receive(request);
        // Nothing was stored: whoever has taken its place meanwhile takes the request.
        if (answer.ok || answer.problem.code !== SUPERSEDED || door.inlet === last) return answer;
        last = door.inlet;
      }
    },
  };
}
