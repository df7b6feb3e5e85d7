import {
  deadLetterListSchema,
  deadLetterSchema,
  discardedSchema,
  type DeadLetterList,
  type DeadLetterQuery,
  type DeadLetterView,
} from '@sluice/protocol';
import { z } from 'zod';
import type { Command, ExitStatus } from '../command.ts';
import { UsageError } from '../failures.ts';
import type { Invocation } from '../invocation.ts';
import { formatAge, formatCount } from '../output/format-figures.ts';
import { formatTable } from '../output/format-table.ts';
import { apiClientFor, refusedBy, SERVER_OPTION, type ApiClient } from '../server/api-client.ts';
import { FILTER_OPTIONS, queryOf, readFilter } from '../server/dead-letter-filter.ts';
import { pipelinePath } from '../server/save-draft.ts';

const NAME = 'dead-letters';

export const deadLettersCommand: Command = {
  name: NAME,
  operands: 'NAME [LETTER]',
  operandCount: { min: 1, max: 2 },
  options: {
    ...SERVER_OPTION,
    group: { type: 'boolean', help: 'By cause, most messages first' },
    limit: { type: 'string', value: 'N', help: 'At most so many lines (50)' },
    ...FILTER_OPTIONS,
    discard: { type: 'boolean', help: 'Throw away those that the options name, or the LETTER; they are counted' },
    all: { type: 'boolean', help: 'With --discard and no other option: all of them' },
  },
  notes: ['With a LETTER, that one in full.'],
  async run(invocation) {
    const [name = '', letter] = invocation.operands;
    const filter = readFilter(invocation, NAME);
    const limit = invocation.number('limit', { min: 1, max: 500 });
    const api = apiClientFor(invocation);
    if (invocation.flag('discard')) {
      return letter === undefined
        ? discard(name, filter, { api, invocation })
        : discardOne(name, letter, { api, invocation });
    }
    if (letter !== undefined) return showOne(name, letter, { api, invocation });
    const query = invocation.flag('group') ? { ...filter, groupBy: 'cause', limit } : { ...filter, limit };
    const answer = await api.send({
      method: 'GET',
      path: pipelinePath(name, `/dead-letters${queryOf(query)}`),
      answer: deadLetterListSchema,
    });
    if (!answer.ok) throw refusedBy(answer);
    const { terminal, flag } = invocation;
    if (flag('json')) terminal.json(answer.data);
    else terminal.out(describe(name, answer.data));
    return 0;
  },
};

interface Called {
  readonly api: ApiClient;
  readonly invocation: Invocation;
}

async function showOne(name: string, letter: string, { api, invocation }: Called): Promise<ExitStatus> {
  const answer = await api.send({ method: 'GET', path: letterPath(name, letter), answer: deadLetterSchema });
  if (!answer.ok) throw refusedBy(answer);
  const { terminal, flag } = invocation;
  if (flag('json')) terminal.json(answer.data);
  else terminal.out(describeOne(answer.data));
  return 0;
}

async function discardOne(name: string, letter: string, { api, invocation }: Called): Promise<ExitStatus> {
  const answer = await api.send({ method: 'DELETE', path: letterPath(name, letter), answer: z.null() });
  if (!answer.ok) throw refusedBy(answer);
  const { terminal, flag } = invocation;
  if (flag('json')) terminal.json({ discarded: 1 });
  else terminal.out(`Discarded ${letter}.\n`);
  return 0;
}

/** One call discards so many; goes on until none is left of those that were meant. */
async function discard(name: string, filter: DeadLetterQuery, { api, invocation }: Called): Promise<ExitStatus> {
  const { terminal, flag } = invocation;
  const all = Object.keys(filter).length === 0;
  if (all !== flag('all'))
    throw new UsageError(
      all
        ? 'Say which dead letters to discard (--node, --wire, --reason, --cause, --since, --until), or --all.'
        : '--all and an option that names some of them do not go together.',
      NAME,
    );
  let discarded = 0;
  for (let hasMore = true; hasMore;) {
    const answer = await api.send({
      method: 'DELETE',
      path: pipelinePath(name, `/dead-letters${queryOf({ ...filter, all: all ? 'true' : undefined })}`),
      answer: discardedSchema,
    });
    if (!answer.ok) throw refusedBy(answer);
    discarded += answer.data.discarded;
    ({ hasMore } = answer.data);
  }
  if (flag('json')) terminal.json({ discarded });
  else terminal.out(`Discarded ${formatCount(discarded)} dead letters of ${name}.\n`);
  return 0;
}

export function letterPath(name: string, letter: string, below = ''): string {
  return pipelinePath(name, `/dead-letters/${encodeURIComponent(letter)}${below}`);
}

function describe(name: string, { deadLetters, groups, counts }: DeadLetterList): string {
  const sum = Object.values(counts).reduce((total, count) => total + count, 0);
  if (sum === 0) return `${name} has no dead letters.\n`;
  const now = Date.now();
  const shown = groups?.length ?? deadLetters.length;
  if (shown === 0) return `None of the ${formatCount(sum)} dead letters of ${name} is meant.\n`;
  if (groups !== undefined)
    return formatTable(groups, [
      { title: 'MESSAGES', align: 'right', text: ({ messages }) => formatCount(messages) },
      { title: 'NODE', text: ({ nodeId }) => nodeId },
      { title: 'REASON', text: ({ reason }) => reason },
      { title: 'LAST', align: 'right', text: ({ lastAt }) => formatAge(now - lastAt) },
      { title: 'CAUSE', text: ({ cause }) => cause },
    ]);
  return formatTable(deadLetters, [
    { title: 'LETTER', text: ({ id }) => id },
    { title: 'DIED', align: 'right', text: ({ deadAt }) => formatAge(now - deadAt) },
    { title: 'NODE', text: ({ nodeId }) => nodeId },
    { title: 'REASON', text: ({ reason }) => reason },
    { title: 'TRIES', align: 'right', text: ({ attempts }) => formatCount(attempts) },
    { title: 'KEY', text: ({ key }) => key },
    { title: 'ERROR', text: ({ error }) => error.message },
  ]);
}

function describeOne(letter: DeadLetterView): string {
  const place = letter.wireId ?? (letter.entry === null ? '-' : `${letter.entry.nodeId}.${letter.entry.port}`);
  return [
    `${letter.id}: ${letter.reason} at ${letter.nodeId}, version ${letter.version}, ${new Date(letter.deadAt).toISOString()}`,
    `cause  ${letter.cause}`,
    `from   ${place}, message ${letter.messageId}${letter.key === '' ? '' : `, key ${letter.key}`}`,
    ...(letter.editedAt === null ? [] : [`edited ${new Date(letter.editedAt).toISOString()}`]),
    ...letter.history.map(
      ({ attempt, at, code, message }) => `try ${attempt} ${new Date(at).toISOString()} ${code}: ${message}`,
    ),
    ...Object.entries(letter.headers).map(([header, value]) => `header ${header}: ${value}`),
    JSON.stringify(letter.payload, null, 2),
    '',
  ].join('\n');
}
