import type { StoreOperation } from '@sluice/engine';
import { PRIORITIES } from '@sluice/engine';
import { bytesOf, encodeMessage, nameHash } from './message-codec.ts';
import { MessageTooLargeError } from './store-errors.ts';
import { classOfGroup, classOfPriority, type QueueClass } from './streams.ts';

type Operation<Name extends StoreOperation['op']> = StoreOperation & { readonly op: Name };
export type Settlement = Operation<'ack' | 'retry' | 'release'>;

/** An operation with what costs time already done. */
export type Prepared =
  | {
      readonly op: 'append';
      readonly of: Operation<'append'>;
      readonly text: string;
      readonly bytes: number;
      readonly kind: QueueClass;
    }
  | { readonly op: 'publish'; readonly of: Operation<'publish'>; readonly text: string; readonly bytes: number }
  | { readonly op: 'settle'; readonly of: Settlement }
  | { readonly op: 'require-lease'; readonly of: Operation<'require-lease'> }
  | { readonly op: 'dead-letter'; readonly of: Operation<'dead-letter'>; readonly bytes: number; readonly hash: string }
  | { readonly op: 'take-letter'; readonly of: Operation<'take-letter'>; readonly hash: string }
  | { readonly op: 'cursor'; readonly hash: string; readonly text: string }
  | { readonly op: 'drop-cursor'; readonly hash: string }
  | { readonly op: 'remember'; readonly of: Operation<'remember'>; readonly hash: string };

export interface PreparedCommit {
  readonly operations: readonly Prepared[];
  readonly bytes: number;
}

/** Room for what stands around a message in a stream, in bytes. */
const FRAME = 100;

/** Throws where an operation can never be stored. */
export function prepareCommit(operations: readonly StoreOperation[], textMax: number): PreparedCommit {
  let bytes = 0;
  const prepared = operations.map((operation): Prepared => {
    const one = prepare(operation);
    const size = 'bytes' in one ? one.bytes : 'text' in one ? one.text.length : FRAME;
    if (size > textMax - FRAME)
      throw new MessageTooLargeError(placeOf(operation), { bytes: size, max: textMax - FRAME });
    bytes += size;
    return one;
  });
  return { operations: prepared, bytes };
}

function prepare(operation: StoreOperation): Prepared {
  switch (operation.op) {
    case 'append': {
      const { group, priority = PRIORITIES.normal, message } = operation;
      assertPriority(operation);
      const text = encodeMessage(message);
      const kind = group === undefined ? classOfPriority(priority) : classOfGroup(nameHash(group));
      return { op: 'append', of: operation, text, bytes: bytesOf(text), kind };
    }
    case 'publish': {
      const text = encodeMessage(operation.message);
      return { op: 'publish', of: operation, text, bytes: bytesOf(text) };
    }
    case 'ack':
    case 'retry':
    case 'release':
      return { op: 'settle', of: operation };
    case 'require-lease':
      return { op: 'require-lease', of: operation };
    case 'dead-letter': {
      const { letter } = operation;
      return { op: 'dead-letter', of: operation, bytes: bytesOf(JSON.stringify(letter)), hash: nameHash(letter.id) };
    }
    case 'take-letter':
      return { op: 'take-letter', of: operation, hash: nameHash(operation.letterId) };
    case 'cursor':
      return { op: 'cursor', hash: nameHash(operation.source), text: JSON.stringify(operation.value) };
    case 'drop-cursor':
      return { op: 'drop-cursor', hash: nameHash(operation.source) };
    case 'remember':
      return { op: 'remember', of: operation, hash: nameHash(operation.scope, operation.key) };
  }
}

function assertPriority({ queue, priority }: Operation<'append'>): void {
  if (priority === undefined) return;
  if (!Number.isInteger(priority) || priority < PRIORITIES.lowest || priority > PRIORITIES.highest)
    throw new RangeError(
      `Queue ${queue} takes priorities from ${PRIORITIES.lowest} to ${PRIORITIES.highest}, not ${priority}.`,
    );
}

function placeOf(operation: StoreOperation): string {
  switch (operation.op) {
    case 'append':
      return `queue ${operation.queue}`;
    case 'publish':
      return `log ${operation.log}`;
    case 'dead-letter':
      return `the dead letters of ${operation.letter.pipelineId}`;
    case 'cursor':
    case 'drop-cursor':
      return `the cursor of ${operation.source}`;
    case 'take-letter':
      return `the dead letters of ${operation.pipelineId}`;
    case 'remember':
      return `the keys of ${operation.scope}`;
    case 'ack':
    case 'retry':
    case 'release':
    case 'require-lease':
      return 'a lease';
  }
}
