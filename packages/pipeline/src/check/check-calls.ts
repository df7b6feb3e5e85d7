import { DEFAULTS } from '../defaults.ts';
import { durationMs } from '../duration.ts';
import type { Finding } from '../finding.ts';
import type { Call } from '../wire-settings.ts';
import { wireFinding, type CheckContext, type PlacedNode, type PlacedWire } from './check-context.ts';

/** Settings of `call` that change nothing beside the others, or that keep a breaker from seeing what it is for. */
export function checkCalls({ wires, nodes }: CheckContext): readonly Finding[] {
  return wires.flatMap((placed) => {
    const { wire } = placed;
    if (wire.delivery !== 'push' || wire.call === undefined) return [];
    const idle = idleSettings(wire.call).map(([setting, reason]) =>
      wireFinding(placed, ['call', setting], {
        severity: 'warning',
        code: 'setting-without-effect',
        message: `{path} has no effect: ${reason}`,
      }),
    );
    return [...idle, ...shortDeadline(placed, wire.call, nodes.get(wire.to))];
  });
}

function idleSettings(call: Call): readonly (readonly [setting: keyof Call, reason: string])[] {
  const overflow = call.overflow ?? 'reject';
  const found: (readonly [keyof Call, string])[] = [];
  if (call.spill !== undefined && overflow !== 'spill')
    found.push(['spill', 'only `overflow: spill` keeps calls on a queue. Set that, or remove it.']);
  if (call.line !== undefined && overflow === 'wait')
    found.push(['line', 'with `overflow: wait` calls wait until their deadline, however many there are. Remove it.']);
  if (overflow === 'shed' && call.line === 0)
    found.push(['overflow', 'with `line: 0` there is nobody in line who could make way. Give the wire a line.']);
  else if (overflow === 'shed' && call.priority === undefined)
    found.push([
      'overflow',
      'without `priority` all calls are alike, and the one that comes is refused. Say where the priority stands.',
    ]);
  if (call.priority !== undefined && call.line === 0 && overflow !== 'spill')
    found.push(['priority', 'with `line: 0` there is nobody in line who could be overtaken. Remove it.']);
  return found;
}

/** A target that hangs is then cut short by its caller, which says nothing about the target. */
function shortDeadline(placed: PlacedWire, call: Call, consumer: PlacedNode | undefined): readonly Finding[] {
  const { definition, node } = consumer ?? {};
  if (definition?.callsOut !== true || call.deadline === undefined) return [];
  const timeoutMs = node?.work?.timeout === undefined ? DEFAULTS.timeoutCallingOutMs : durationMs(node.work.timeout);
  if (durationMs(call.deadline) >= timeoutMs) return [];
  return [
    wireFinding(placed, ['call', 'deadline'], {
      severity: 'info',
      code: 'deadline-below-timeout',
      message: `{path} (${call.deadline}) is over before the timeout of "${node?.id}" (${timeoutMs / 1_000}s), so the breaker there never counts a target that hangs. Give the node a \`work.timeout\` below the deadline.`,
    }),
  ];
}
