import { PRIORITIES, type StoreOperation } from '@sluice/engine';
import { cursorKey } from './keys.ts';
import { encodeMessage, groupHash, nameHash } from './message-codec.ts';

export type Operation<Name extends StoreOperation['op']> = StoreOperation & { readonly op: Name };

/** An operation with what costs time already done, so that it is not done while the disk waits. */
export type Prepared =
  | {
      readonly op: 'append';
      readonly of: Operation<'append'>;
      readonly value: Buffer;
      readonly group: Buffer | undefined;
    }
  | { readonly op: 'publish'; readonly of: Operation<'publish'>; readonly value: Buffer }
  | { readonly op: 'settle'; readonly of: Operation<'ack' | 'retry' | 'release'> }
  | { readonly op: 'require-lease'; readonly of: Operation<'require-lease'> }
  | { readonly op: 'dead-letter'; readonly of: Operation<'dead-letter'>; readonly value: Buffer }
  | { readonly op: 'take-letter'; readonly of: Operation<'take-letter'> }
  | { readonly op: 'cursor'; readonly key: Buffer; readonly value: string }
  | { readonly op: 'drop-cursor'; readonly key: Buffer }
  | { readonly op: 'remember'; readonly of: Operation<'remember'>; readonly name: Buffer };

export interface PreparedCommit {
  readonly operations: readonly Prepared[];
  readonly bytes: number;
  /** It puts a message back until a time. */
  readonly delays: boolean;
  readonly takesLetters: boolean;
}

export function prepareCommit(operations: readonly StoreOperation[]): PreparedCommit {
  let bytes = 0;
  let delays = false;
  let takesLetters = false;
  const prepared = operations.map((operation): Prepared => {
    const one = prepare(operation);
    bytes += 'value' in one ? one.value.length : 100;
    if (operation.op === 'retry' || (operation.op === 'release' && operation.dueAt !== undefined)) delays = true;
    else if (operation.op === 'take-letter') takesLetters = true;
    return one;
  });
  return { operations: prepared, bytes, delays, takesLetters };
}

function prepare(operation: StoreOperation): Prepared {
  switch (operation.op) {
    case 'append': {
      const { group, message } = operation;
      assertPriority(operation);
      return {
        op: 'append',
        of: operation,
        value: encodeMessage(message, group),
        group: group === undefined ? undefined : groupHash(group),
      };
    }
    case 'publish':
      return { op: 'publish', of: operation, value: encodeMessage(operation.message) };
    case 'dead-letter':
      return { op: 'dead-letter', of: operation, value: Buffer.from(JSON.stringify(operation.letter)) };
    case 'cursor':
      return { op: 'cursor', key: cursorKey(nameHash(operation.source)), value: JSON.stringify(operation.value) };
    case 'drop-cursor':
      return { op: 'drop-cursor', key: cursorKey(nameHash(operation.source)) };
    case 'take-letter':
      return { op: 'take-letter', of: operation };
    case 'require-lease':
      return { op: 'require-lease', of: operation };
    case 'remember':
      return { op: 'remember', of: operation, name: nameHash(operation.scope, operation.key) };
    case 'ack':
    case 'retry':
    case 'release':
      return { op: 'settle', of: operation };
  }
}

function assertPriority({ queue, priority }: Operation<'append'>): void {
  if (priority === undefined) return;
  if (!Number.isInteger(priority) || priority < PRIORITIES.lowest || priority > PRIORITIES.highest)
    throw new RangeError(
      `Queue ${queue} takes priorities from ${PRIORITIES.lowest} to ${PRIORITIES.highest}, not ${priority}.`,
    );
}
