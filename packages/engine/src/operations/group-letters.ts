import type { DeadLetter, DeadLetterFilter, DeadLetterGroup, MessageStore } from '../ports/message-store.ts';
import { collectLetters } from './collect-letters.ts';
import { REDRIVE_MAX } from './operations-interface.ts';

/**
 * Letters by node, reason and cause, most messages first. The store keeps count of these; where a filter asks for what
 * it keeps no count of (wire, time), the newest `REDRIVE_MAX` of them are looked at.
 */
export async function groupLetters(
  store: Pick<MessageStore, 'deadLetterGroups' | 'deadLetters' | 'deadLetter'>,
  filter: DeadLetterFilter,
): Promise<readonly DeadLetterGroup[]> {
  const { pipelineId, nodeId, reason, cause } = filter;
  if (filter.wireId === undefined && filter.since === undefined && filter.until === undefined) {
    return (await store.deadLetterGroups(pipelineId)).filter(
      (group) =>
        (nodeId === undefined || group.nodeId === nodeId) &&
        (reason === undefined || group.reason === reason) &&
        (cause === undefined || group.cause === cause),
    );
  }
  const grouping = createGrouping();
  await collectLetters({ store, filter, max: REDRIVE_MAX, show: grouping.add });
  return grouping.groups();
}

/** Groups letters that are shown to it. */
export function createGrouping(): { add(letter: DeadLetter): void; groups(): readonly DeadLetterGroup[] } {
  const groups = new Map<string, DeadLetterGroup>();
  return {
    add({ nodeId, reason, cause, deadAt }) {
      const name = JSON.stringify([nodeId, reason, cause]);
      const before = groups.get(name);
      groups.set(name, {
        nodeId,
        reason,
        cause,
        messages: (before?.messages ?? 0) + 1,
        firstAt: Math.min(before?.firstAt ?? deadAt, deadAt),
        lastAt: Math.max(before?.lastAt ?? deadAt, deadAt),
      });
    },
    groups: () => [...groups.values()].toSorted((a, b) => b.messages - a.messages),
  };
}
