import type { PipelineFigures } from '../engine-interface.ts';
import type { LimitsPlan } from '../plan/plan-pipeline.ts';
import type { Problem } from '../ports/node-behaviour.ts';
import type { Hold } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';
import { bytesText } from './bytes-text.ts';
import { createDeadLetterShelf, type DeadLetterShelf, type ShelfBounds } from './dead-letter-shelf.ts';
import { createQuota } from './quota.ts';

/**
 * What a pipeline as a whole may keep, and the disk under all of them. When one of them is reached, everything that comes
 * from outside is held; what is inside goes on, for it makes room.
 */
export interface PipelineBounds {
  readonly shelf: DeadLetterShelf;
  /** Why pollers and subscribers wait; `undefined`: they need not. */
  intakeHold(): Omit<Hold, 'since'> | undefined;
  /** Why webhooks are refused; `undefined`: they are not. */
  refusal(): Problem | undefined;
  /** What the store counts now. */
  review(kept: { readonly bytes: number; readonly deadLetters: ShelfBounds }): void;
  figures(): PipelineFigures['limits'];
}

/** Retry-After of a pipeline that is full, when nobody knows how long it takes, and at most. */
const RETRY_AFTER_S = { unknown: 30, most: 600 } as const;
/** Who is held looks again after this. */
const LOOK_MS = 1_000;

export function createPipelineBounds(request: {
  readonly parts: RunningParts;
  readonly pipelineId: string;
  /** Of the version that runs. */
  readonly limits: () => LimitsPlan;
  /** What was held may go on. */
  readonly wake: () => void;
}): PipelineBounds {
  const { parts, pipelineId, limits, wake } = request;
  const { clock, diskRoom } = parts;
  let deadLetters: ShelfBounds = { messages: 0, bytes: 0 };
  const quota = createQuota({
    limit: () => limits().bytes,
    clock,
    onChange(state) {
      const [used, most] = [bytesText(quota.used()), bytesText(limits().bytes)];
      if (state === 'full') {
        const text = `The pipeline is full: it holds ${used} of ${most}, and its sources are held`;
        parts.notice({ pipelineId, kind: 'pipeline-full', elementId: null, text });
      } else {
        const text = `The pipeline has room again: it holds ${used} of ${most}`;
        parts.notice({ pipelineId, kind: 'pipeline-open', elementId: null, text });
        wake();
      }
    },
  });
  const shelf = createDeadLetterShelf({
    bounds: () => ({ messages: limits().deadLetters, bytes: limits().deadLetterBytes }),
    clock,
    onChange(state) {
      if (state === 'full') {
        const text =
          'The dead letters are full: what would be given up waits. Redrive or discard some, or raise their limit';
        parts.notice({ pipelineId, kind: 'dead-letters-full', elementId: null, text });
      } else {
        const text = 'There is room for dead letters again';
        parts.notice({ pipelineId, kind: 'dead-letters-open', elementId: null, text });
        wake();
      }
    },
  });

  return {
    shelf,
    intakeHold() {
      if (diskRoom?.isShort() === true) return held('disk', 'the disk is nearly full');
      if (quota.fullSince() === undefined) return undefined;
      return held('the pipeline', `it holds ${bytesText(quota.used())} of ${bytesText(limits().bytes)}`);
    },
    refusal() {
      if (diskRoom?.isShort() === true) return diskShort();
      if (quota.fullSince() === undefined) return undefined;
      const seconds = Math.ceil(quota.opensInSeconds() ?? RETRY_AFTER_S.unknown);
      return {
        status: 429,
        code: 'pipeline-full',
        title: 'The pipeline is full',
        detail: `Nothing was stored: the pipeline holds ${bytesText(quota.used())} of ${bytesText(limits().bytes)}. Send the request again after the time in Retry-After.`,
        retryAfterSeconds: Math.min(RETRY_AFTER_S.most, Math.max(1, seconds)),
      };
    },
    review(kept) {
      quota.review(kept.bytes);
      deadLetters = kept.deadLetters;
      shelf.review(deadLetters);
    },
    figures() {
      const { bytes, deadLetters: deadLettersMax, deadLetterBytes } = limits();
      return {
        bytes: quota.used(),
        bytesMax: bytes,
        deadLetters: deadLetters.messages,
        deadLettersMax,
        deadLetterBytes: deadLetters.bytes,
        deadLetterBytesMax: deadLetterBytes,
        fullSince: quota.fullSince() ?? null,
        deadLettersFullSince: shelf.fullSince() ?? null,
        isDiskShort: diskRoom?.isShort() ?? false,
      };
    },
  };
}

function held(by: string, text: string): Omit<Hold, 'since'> {
  return { by, text, full: true, waitMs: LOOK_MS };
}

function diskShort(): Problem {
  return {
    status: 507,
    code: 'disk-full',
    title: 'The disk is nearly full',
    detail:
      'Nothing was stored: what room is left is kept for messages that were accepted before. Send the request again after the time in Retry-After.',
    retryAfterSeconds: RETRY_AFTER_S.unknown,
  };
}
