import type { Finding } from '../finding.ts';
import { FAILED_PORT } from '../node-definition.ts';
import { wireFinding, type CheckContext } from './check-context.ts';

/** A wire for what a node gives up, where all that leads to the node never gives up. */
export function checkFailedPort({ wires }: CheckContext): readonly Finding[] {
  return wires.flatMap((placed) => {
    if (placed.fromPort !== FAILED_PORT.name) return [];
    const into = wires.filter(({ wire }) => wire.to === placed.fromNode);
    const blocks =
      into.length > 0 && into.every(({ wire }) => wire.delivery === 'event' && wire.log?.onPoison === 'block');
    if (!blocks) return [];
    return [
      wireFinding(placed, ['from'], {
        severity: 'warning',
        code: 'nothing-given-up',
        message: `{path} waits for what "${placed.fromNode}" gives up, but the wires that lead there block on poison and never give up. Set \`onPoison: park\` there, or remove this wire.`,
      }),
    ];
  });
}
