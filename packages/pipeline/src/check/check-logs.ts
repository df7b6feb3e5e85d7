import type { Log } from '../wire-settings.ts';
import type { Finding } from '../finding.ts';
import { wireFinding, type CheckContext, type PlacedWire } from './check-context.ts';

/** These describe the log itself, which all event wires on one port share. */
const LOG_SETTINGS = ['partitions', 'orderBy', 'retention', 'lowWater'] as const satisfies readonly (keyof Log)[];

/** Event wires of one output port read one log, so they must all say the same about it; saying nothing is asking for the defaults. */
export function checkLogs({ wires }: CheckContext): readonly Finding[] {
  const first = new Map<string, { readonly placed: PlacedWire; readonly value: string }>();
  return wires.flatMap((placed) => {
    const { wire, fromNode, fromPort } = placed;
    if (wire.delivery !== 'event') return [];
    return LOG_SETTINGS.flatMap((setting) => {
      const key = `${fromNode}.${fromPort ?? ''} ${setting}`;
      const value = JSON.stringify(wire.log?.[setting] ?? null);
      const other = first.get(key);
      if (other === undefined) first.set(key, { placed, value });
      if (other === undefined || other.value === value) return [];
      return [
        wireFinding(placed, ['log', setting], {
          code: 'log-settings-differ',
          message: `{path} differs from that of wire "${other.placed.wire.id}", but both read the one log of "${wire.from}". Write it alike on both.`,
        }),
      ];
    });
  });
}
