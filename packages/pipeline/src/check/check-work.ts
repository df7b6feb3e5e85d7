import type { Work } from '../work-schema.ts';
import type { Finding } from '../finding.ts';
import type { NodeDefinition } from '../node-definition.ts';
import { nodeFinding, type CheckContext, type PlacedNode } from './check-context.ts';

/** Settings of `work` that are accepted but change nothing on this node, or that set up a second owner of retries. */
export function checkWork({ nodes, wires }: CheckContext): readonly Finding[] {
  return [...nodes.values()].flatMap((placed) => {
    const { node, definition } = placed;
    const into = wires.filter(({ wire }) => wire.to === node.id).map(({ wire }) => wire);
    const fedByPushOnly = into.length > 0 && into.every(({ delivery }) => delivery === 'push');
    // What a wire has spilled is redelivered from its queue.
    const spills = into.some((wire) => wire.delivery === 'push' && wire.call?.overflow === 'spill');
    if (definition === undefined || node.work === undefined) return [];
    const written = Object.keys(node.work) as readonly (keyof Work)[];
    const idle = written.flatMap((setting) => {
      const reason = reasonWithoutEffect(setting, definition, fedByPushOnly, spills);
      return reason === undefined ? [] : [withoutEffect(placed, setting, reason)];
    });
    return fedByPushOnly && !spills && triesAgain(node.work.retry) ? [...idle, doubleRetry(placed)] : idle;
  });
}

function reasonWithoutEffect(
  setting: keyof Work,
  definition: NodeDefinition,
  fedByPushOnly: boolean,
  spills: boolean,
): string | undefined {
  const { role, sourceStyle, callsOut, type } = definition;
  if (role === 'source') {
    if (sourceStyle === 'push') return 'the outside decides when this source receives';
    if (setting === 'workers') return 'a source of this kind takes one thing at a time';
    if (setting === 'breaker') return 'a source that fails waits by its retry settings';
    if (sourceStyle === 'event') return undefined;
    if (setting === 'rateLimit') return 'the config of this source says how often it works';
    if (FLOW_CONTROL.has(setting)) return 'it is for nodes that messages lead to';
    return setting === 'quarantineAfter' ? 'only messages that were leased are counted' : undefined;
  }
  if (setting === 'breaker' && !callsOut) return `${type} nodes call no target that could be down`;
  if (FLOW_CONTROL.has(setting) && fedByPushOnly) {
    return 'on push wires the caller sets the pace; make the wire pull';
  }
  if (setting === 'quarantineAfter' && fedByPushOnly && !spills) {
    return 'on push wires the caller holds the message, so there is no lease to count';
  }
  return undefined;
}

/** Settings that choose among waiting messages. */
const FLOW_CONTROL: ReadonlySet<keyof Work> = new Set(['concurrency', 'throttle', 'debounce', 'batch', 'singleton']);

/** Rules and waits alone make no second try. */
function triesAgain(retry: Work['retry']): boolean {
  return retry !== undefined && (retry.attempts ?? (retry.schedule === undefined ? 1 : 2)) > 1;
}

function withoutEffect(placed: PlacedNode, setting: keyof Work, reason: string): Finding {
  return nodeFinding(placed, ['work', setting], {
    severity: 'warning',
    code: 'setting-without-effect',
    message: `{path} has no effect: ${reason}. Remove it.`,
  });
}

function doubleRetry(placed: PlacedNode): Finding {
  return nodeFinding(placed, ['work', 'retry'], {
    severity: 'warning',
    code: 'double-retry',
    message:
      '{path} repeats tries on a node that is fed only by push, where the caller already owns retries: ' +
      "failures are multiplied within the caller's deadline. Remove it, or make the wire pull.",
  });
}
