import type { Finding } from '../finding.ts';
import { wireFinding, type CheckContext } from './check-context.ts';

/** What the format can say but the engine cannot do yet is refused, rather than ignored. */
export function checkSupport({ wires }: CheckContext): readonly Finding[] {
  return wires.flatMap((placed) => {
    const { wire } = placed;
    if (wire.delivery === 'pull' && wire.queue?.priority !== undefined) {
      return [
        wireFinding(placed, ['queue', 'priority'], {
          code: 'not-supported',
          message:
            '{path} is not supported yet: queues have no priorities in this version. Remove it, or give urgent messages a wire of their own.',
        }),
      ];
    }
    if (wire.delivery === 'push' && (wire.call?.overflow === 'shed' || wire.call?.overflow === 'spill')) {
      return [
        wireFinding(placed, ['call', 'overflow'], {
          code: 'not-supported',
          message: `{path} is \`${wire.call.overflow}\`, which is not supported yet. Use \`reject\` or \`wait\`, or make the wire pull to keep what does not fit.`,
          suggestion: 'reject',
        }),
      ];
    }
    return [];
  });
}
