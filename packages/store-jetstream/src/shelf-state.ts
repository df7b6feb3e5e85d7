import { CAUSE_OTHER, CAUSES_MAX, type DeadLetterGroup } from '@sluice/engine';
import type { Effect, LetterGroup } from './effects.ts';

/** What a checkpoint keeps of the dead letters of a pipeline. */
export interface ShelfRecord {
  readonly kind: 'shelf';
  readonly pipelineId: string;
  readonly bytes: number;
  readonly groups: readonly DeadLetterGroup[];
}

/** The dead letters of one pipeline, counted by node, reason and cause. */
export class ShelfState {
  readonly number: number;
  readonly pipelineId: string;
  messages = 0;
  bytes = 0;
  readonly #groups = new Map<string, DeadLetterGroup>();
  /** Groups that have a cause of their own. */
  #told = 0;

  constructor(number: number, pipelineId: string, record?: ShelfRecord) {
    this.number = number;
    this.pipelineId = pipelineId;
    this.bytes = record?.bytes ?? 0;
    for (const group of record?.groups ?? []) this.#load(group);
  }

  toRecord(): ShelfRecord {
    return { kind: 'shelf', pipelineId: this.pipelineId, bytes: this.bytes, groups: [...this.#groups.values()] };
  }

  /** The cause under which a letter is kept: `other` where there is no room for a group of its own. */
  causeOf(group: LetterGroup): string {
    return this.#groups.has(nameOf(group)) || this.#told < CAUSES_MAX ? group.cause : CAUSE_OTHER;
  }

  countsByNode(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { nodeId, messages } of this.#groups.values()) counts[nodeId] = (counts[nodeId] ?? 0) + messages;
    return counts;
  }

  groups(): readonly DeadLetterGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.messages - a.messages || b.lastAt - a.lastAt);
  }

  keep({ nodeId, reason, cause, bytes, deadAt }: Effect & { readonly effect: 'letter-kept' }): void {
    this.messages += 1;
    this.bytes += bytes;
    const name = nameOf({ nodeId, reason, cause });
    const known = this.#groups.get(name);
    if (known === undefined && cause !== CAUSE_OTHER) this.#told += 1;
    this.#groups.set(name, {
      nodeId,
      reason,
      cause,
      messages: (known?.messages ?? 0) + 1,
      firstAt: Math.min(known?.firstAt ?? deadAt, deadAt),
      lastAt: Math.max(known?.lastAt ?? deadAt, deadAt),
    });
  }

  remove({ bytes, ...group }: Effect & { readonly effect: 'letter-gone' }): void {
    this.messages -= 1;
    this.bytes -= bytes;
    const name = nameOf(group);
    const known = this.#groups.get(name);
    if (known === undefined) return;
    if (known.messages > 1) {
      this.#groups.set(name, { ...known, messages: known.messages - 1 });
      return;
    }
    this.#groups.delete(name);
    if (known.cause !== CAUSE_OTHER) this.#told -= 1;
  }

  #load(group: DeadLetterGroup): void {
    this.#groups.set(nameOf(group), group);
    this.messages += group.messages;
    if (group.cause !== CAUSE_OTHER) this.#told += 1;
  }
}

function nameOf({ nodeId, reason, cause }: LetterGroup): string {
  return JSON.stringify([nodeId, reason, cause]);
}
