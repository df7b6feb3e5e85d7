import { outputId } from '../../delivery/output-id.ts';
import type { Message } from '../../message.ts';
import { readKeyPath } from '../../plan/key-path.ts';
import type { BatchPlan } from '../../plan/node-plan.ts';
import type { Lease } from '../../ports/message-store.ts';

/**
 * Several messages as one. Its id is a pure function of theirs, in order; its payload the list of theirs; its attempt the
 * highest. Key, headers and trace are what all have alike; its times those of the oldest. The correlation is that of the
 * first: the traces of the others end here.
 */
export function asBatch(leases: readonly [Lease, ...Lease[]] | readonly Lease[], plan: BatchPlan): Message {
  const [first, ...others] = leases.map(({ message }) => message);
  if (first === undefined) throw new Error('A batch has at least one member');
  const members = [first, ...others];
  const traceparent = alike(members, (message) => message.traceparent);
  return {
    id: outputId(JSON.stringify(members.map(({ id }) => id)), 'batch', members.length),
    key: batchKey(first, plan) ?? alike(members, ({ key }) => key) ?? '',
    payload: members.map(({ payload }) => payload),
    headers: Object.fromEntries(
      Object.entries(first.headers).filter(([name, value]) => others.every(({ headers }) => headers[name] === value)),
    ),
    correlationId: first.correlationId,
    ...(traceparent === undefined ? {} : { traceparent }),
    eventTime: Math.min(...members.map(({ eventTime }) => eventTime)),
    enqueuedAt: Math.min(...members.map(({ enqueuedAt }) => enqueuedAt)),
    attempt: Math.max(...members.map(({ attempt }) => attempt)),
  };
}

/** The value by which messages go together; `undefined` where the node asks for none, or none stands there. */
export function batchKey(message: Message, { key }: BatchPlan): string | undefined {
  return key === undefined ? undefined : readKeyPath(message, key);
}

function alike<Value>(members: readonly Message[], read: (message: Message) => Value): Value | undefined {
  const [value, ...others] = members.map(read);
  return others.every((other) => other === value) ? value : undefined;
}
