import { parseDuration } from '@sluice/pipeline';
import { deadLetterQuerySchema, type DeadLetterQuery } from '@sluice/protocol';
import type { CommandOption } from '../command.ts';
import { UsageError } from '../failures.ts';
import type { Invocation } from '../invocation.ts';

/** Which dead letters a command is about. */
export const FILTER_OPTIONS = {
  node: { type: 'string', value: 'ID', help: 'Only those of this node' },
  wire: { type: 'string', value: 'ID', help: 'Only those that came over this wire' },
  reason: { type: 'string', value: 'REASON', help: 'Only those given up for this: permanent, attempts-exhausted, ...' },
  cause: { type: 'string', value: 'TEXT', help: 'Only those of this cause, as --group of dead-letters prints it' },
  since: {
    type: 'string',
    value: 'TIME',
    help: 'Only those that died since: 2026-01-31T09:00:00Z, or 2h for the last two',
  },
  until: { type: 'string', value: 'TIME', help: 'Only those that died before' },
} as const satisfies Readonly<Record<string, CommandOption>>;

/** Throws `UsageError` for what no dead letter can have. */
export function readFilter({ text }: Invocation, command: string): DeadLetterQuery {
  const options = { nodeId: 'node', wireId: 'wire', reason: 'reason', cause: 'cause', since: 'since', until: 'until' };
  const wanted = Object.entries(options).flatMap(([field, option]) => {
    const value = text(option);
    return value === undefined
      ? []
      : [[field, field === 'since' || field === 'until' ? moment(value) : value] as const];
  });
  const parsed = deadLetterQuerySchema.safeParse(Object.fromEntries(wanted));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const option = options[String(issue?.path[0]) as keyof typeof options];
  throw new UsageError(`--${option} ${issue?.message ?? 'is not valid'}.`, command);
}

/** A duration is as long ago. */
export function moment(text: string): string {
  const agoMs = parseDuration(text);
  return agoMs === undefined ? text : String(Date.now() - agoMs);
}

/** `?nodeId=ship&limit=5`, or nothing. */
export function queryOf(fields: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}
