import type { Message, WorkContext } from '@sluice/engine';
import type { Scope } from '../expression/compile-expression.ts';
import { createSeededRandom } from '../expression/seeded-random.ts';

/** What expressions on a message know besides its payload. */
export const MESSAGE_VARIABLES = ['headers', 'key', 'id', 'eventTime'] as const;

/** Chance comes from the message's id, so a retry draws the same numbers. */
export function messageScope(message: Message, context: WorkContext): Scope {
  const { headers, key, id, eventTime } = message;
  return {
    now: () => context.now(),
    random: createSeededRandom(id),
    variables: { headers: { ...headers }, key, id, eventTime },
    signal: context.signal,
  };
}
