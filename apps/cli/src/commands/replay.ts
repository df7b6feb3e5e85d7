import { replayedSchema, replayRequestSchema, type ReplayRequestBody } from '@sluice/protocol';
import type { Command } from '../command.ts';
import { UsageError } from '../failures.ts';
import { formatCount } from '../output/format-figures.ts';
import { apiClientFor, refusedBy, SERVER_OPTION } from '../server/api-client.ts';
import { moment } from '../server/dead-letter-filter.ts';
import { pipelinePath } from '../server/save-draft.ts';

const NAME = 'replay';

export const replayCommand: Command = {
  name: NAME,
  operands: 'NAME WIRE',
  operandCount: { min: 2, max: 2 },
  options: {
    ...SERVER_OPTION,
    from: {
      type: 'string',
      value: 'START',
      help: 'earliest, a time (2026-01-31T09:00:00Z, or 2h for two hours ago), or PARTITION:POSITION',
    },
    'fresh-ids': { type: 'boolean', help: 'Under ids of their own, so that targets take them again' },
  },
  notes: [
    'Messages keep their ids unless told otherwise: a target that honours Idempotency-Key leaves out what it had.',
    'Every one carries the header sluice-replay. Other wires on the same port notice nothing.',
  ],
  async run(invocation) {
    const [name = '', wire = ''] = invocation.operands;
    const { terminal, flag, text } = invocation;
    const body = { from: startOf(text('from')), freshIds: flag('fresh-ids') };
    const answer = await apiClientFor(invocation).send({
      method: 'POST',
      path: pipelinePath(name, `/wires/${encodeURIComponent(wire)}/replay`),
      answer: replayedSchema,
      body,
    });
    if (!answer.ok) throw refusedBy(answer);
    const { id, messages } = answer.data;
    if (flag('json')) terminal.json(answer.data);
    else terminal.out(`${wire} of ${name} delivers ${formatCount(messages)} messages again, as replay ${id}.\n`);
    return 0;
  },
};

function startOf(text: string | undefined): ReplayRequestBody['from'] {
  if (text === undefined) throw new UsageError('--from is missing: earliest, a time, or PARTITION:POSITION.', NAME);
  if (text === 'earliest') return text;
  const place = /^(\d+):(\d+)$/.exec(text);
  const from = place === null ? { time: moment(text) } : { partition: Number(place[1]), position: Number(place[2]) };
  if (!replayRequestSchema.safeParse({ from }).success)
    throw new UsageError(`--from must be earliest, a time, or PARTITION:POSITION, not "${text}".`, NAME);
  return from;
}
