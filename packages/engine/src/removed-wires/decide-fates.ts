import type { DeploymentRequest, RemovedWireFate } from '../engine-interface.ts';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { RemovedWire } from './find-removed-wires.ts';
import { nameOf, type WireSource } from './wire-source.ts';

export type Decision =
  | { readonly ok: true; readonly fates: ReadonlyMap<string, RemovedWireFate> }
  | {
      readonly ok: false;
      readonly reason: 'wires-hold-messages';
      readonly wires: readonly { readonly wireId: string; readonly messages: number }[];
    }
  | {
      readonly ok: false;
      readonly reason: 'removed-wires-refused';
      readonly refusals: readonly { readonly wireId: string; readonly text: string }[];
    };

/**
 * What becomes of each removed wire. The first that applies:
 *
 * 1. what the request says about this wire,
 * 2. the wire is still there and keeps messages in another way: it takes them along,
 * 3. what was decided when it was removed,
 * 4. what the request says about all,
 * 5. it holds nothing now: what work in hand still puts on it is worked off,
 * 6. somebody has to be asked.
 */
export function decideFates(request: {
  readonly found: readonly RemovedWire[];
  readonly wish: DeploymentRequest['removedWires'];
  readonly recorded: ReadonlyMap<string, RemovedWireFate>;
  readonly plan: PipelinePlan;
  /** Groups that there are, by name. */
  readonly groups: ReadonlySet<string>;
}): Decision {
  const { plan, wish, found, groups } = request;
  const sourcesOf = (wireId: string): readonly WireSource[] =>
    found.find((wire) => wire.wireId === wireId)?.sources ?? [];
  const whyNot = (wireId: string, fate: RemovedWireFate): string | undefined =>
    whyNotTo(plan, fate, (log) =>
      sourcesOf(wireId).some((source) => 'log' in source && source.log === log) ? groups : undefined,
    );
  const each = typeof wish === 'object' ? wish : {};
  const all = typeof wish === 'string' ? ({ do: wish } as const) : undefined;
  const fates = new Map<string, RemovedWireFate>();
  const undecided: { wireId: string; messages: number }[] = [];
  const refusals: { wireId: string; text: string }[] = [];

  for (const [wireId, fate] of Object.entries(each)) {
    const text =
      found.every((wire) => wire.wireId !== wireId) && plan.wires.some((wire) => wire.id === wireId)
        ? 'is a wire of the new version: there is nothing to decide'
        : whyNot(wireId, fate);
    if (text !== undefined) refusals.push({ wireId, text });
  }
  if (refusals.length > 0) return { ok: false, reason: 'removed-wires-refused', refusals };

  for (const { wireId, messages } of found) {
    const recorded = request.recorded.get(wireId);
    const fate =
      each[wireId] ??
      successorOf(wireId, whyNot) ??
      (recorded !== undefined && whyNot(wireId, recorded) === undefined ? recorded : undefined) ??
      all ??
      (messages === 0 ? ({ do: 'drain' } as const) : undefined);
    if (fate === undefined) undecided.push({ wireId, messages });
    else fates.set(wireId, fate);
  }
  return undecided.length > 0 ? { ok: false, reason: 'wires-hold-messages', wires: undecided } : { ok: true, fates };
}

/** A wire that keeps its messages in another place now takes them along, where no other would get them a second time. */
function successorOf(
  wireId: string,
  whyNot: (wireId: string, fate: RemovedWireFate) => string | undefined,
): RemovedWireFate | undefined {
  const fate = { do: 'move', to: wireId } as const;
  return whyNot(wireId, fate) === undefined ? fate : undefined;
}

/** Why a fate cannot be carried out. `groupsAt`: those that there are, where the messages come from that log. */
function whyNotTo(
  plan: PipelinePlan,
  fate: RemovedWireFate,
  groupsAt: (log: string) => ReadonlySet<string> | undefined,
): string | undefined {
  if (fate.do !== 'move') return undefined;
  const target = plan.wires.find((wire) => wire.id === fate.to);
  if (target === undefined) return `cannot move to ${fate.to}: the new version has no such wire`;
  if (target.delivery === 'push') return `cannot move to ${fate.to}: a push wire keeps no messages`;
  if (target.delivery === 'pull') return undefined;
  const groups = groupsAt(target.log);
  if (groups !== undefined) {
    // A new reader of the same log takes over the position; nobody else gets anything twice.
    return groups.has(nameOf(target))
      ? `cannot move to ${fate.to}: it reads the same log and gets them anyway`
      : undefined;
  }
  const readers = plan.wires.filter((wire) => wire.delivery === 'event' && wire.log === target.log);
  return readers.length === 1
    ? undefined
    : `cannot move to ${fate.to}: the other event wires of its port would get the messages, too`;
}
