import { balanceOf, lostWrites } from '../history/checkers.ts';
import type { Lane } from '../lane.ts';
import type { Figures } from '../scenario.ts';

/** What went over the lanes in all. */
export function figuresOf(
  lanes: readonly Pick<Lane, 'history'>[],
  rest: Omit<Figures, 'accepted' | 'lost' | 'repeated' | 'dead'> = {},
): Figures {
  const sum = (count: (records: Lane['history']['records']) => number): number =>
    lanes.reduce((total, { history }) => total + count(history.records), 0);
  return {
    accepted: sum((records) => balanceOf(records).accepted.size),
    lost: sum((records) => lostWrites(records).length),
    repeated: sum((records) => balanceOf(records).repeats),
    dead: sum((records) => balanceOf(records).dead.size),
    ...rest,
  };
}
