import { setTimeout as sleep } from 'node:timers/promises';
import {
  redriveAnswerSchema,
  redriveJobSchema,
  redrivenSchema,
  type RedriveForecastView,
  type RedriveJobView,
} from '@sluice/protocol';
import { parseRate } from '@sluice/pipeline';
import type { Command, ExitStatus } from '../command.ts';
import { CommandFailure, UsageError } from '../failures.ts';
import type { Invocation } from '../invocation.ts';
import { formatCount } from '../output/format-figures.ts';
import { formatTable } from '../output/format-table.ts';
import { apiClientFor, refusedBy, SERVER_OPTION, type ApiClient } from '../server/api-client.ts';
import { FILTER_OPTIONS, readFilter } from '../server/dead-letter-filter.ts';
import { pipelinePath } from '../server/save-draft.ts';
import { letterPath } from './dead-letters.ts';

const NAME = 'redrive';
/** Progress is asked for this often. */
const LOOK_MS = 500;

export const redriveCommand: Command = {
  name: NAME,
  operands: 'NAME [LETTER]',
  operandCount: { min: 1, max: 2 },
  options: {
    ...SERVER_OPTION,
    ...FILTER_OPTIONS,
    'dry-run': { type: 'boolean', help: 'Only say how many would go, by cause' },
    canary: { type: 'string', value: 'N', help: 'So many first; the rest only when these have worked' },
    pace: { type: 'string', value: 'RATE', help: 'At most so many, such as 10/s' },
    'stop-at': { type: 'string', value: 'RATIO', help: 'Stop when a larger share dies again (0.5)' },
    'to-wire': { type: 'string', value: 'ID', help: 'Over this wire instead of the one they came from' },
    detach: { type: 'boolean', help: 'Do not wait for its end' },
    cancel: { type: 'string', value: 'REDRIVE', help: 'End the redrive of this id where it stands' },
  },
  notes: [
    'With a LETTER, that one alone. Without options, all of them.',
    'Waits for the end, and ends with 1 when some died again or stayed. Interrupted, it leaves the redrive at work.',
  ],
  async run(invocation) {
    const [name = '', letter] = invocation.operands;
    const cancel = invocation.text('cancel');
    const request = readRequest(invocation);
    const api = apiClientFor(invocation);
    if (cancel !== undefined) return cancelJob(name, cancel, { api, invocation });
    if (letter !== undefined) return redriveOne(name, letter, { api, invocation });
    const answer = await api.send({
      method: 'POST',
      path: pipelinePath(name, '/dead-letters/redrive'),
      answer: redriveAnswerSchema,
      body: request,
    });
    if (!answer.ok) throw refusedBy(answer);
    const { job, forecast } = answer.data;
    if (forecast !== undefined) return showForecast(name, forecast, invocation);
    if (job === undefined) throw new CommandFailure('server-not-understood', 'The server did not say what it began.');
    const over = invocation.flag('detach') ? job : await follow(name, job, { api, invocation });
    return showJob(name, over, invocation);
  },
};

interface Called {
  readonly api: ApiClient;
  readonly invocation: Invocation;
}

function readRequest(invocation: Invocation) {
  const { text, flag, number } = invocation;
  const pace = text('pace');
  if (pace !== undefined && !((parseRate(pace) ?? 0) > 0))
    throw new UsageError(`--pace must be a rate such as 10/s, not "${pace}".`, NAME);
  const stopAt = text('stop-at');
  const ratio = stopAt === undefined ? undefined : Number(stopAt);
  if (ratio !== undefined && !(ratio >= 0 && ratio <= 1))
    throw new UsageError(`--stop-at must be a share from 0 to 1, not "${stopAt}".`, NAME);
  const canary = number('canary', { min: 1, max: 100_000 });
  const toWire = text('to-wire');
  return {
    filter: readFilter(invocation, NAME),
    ...(toWire === undefined ? {} : { toWire }),
    ...(pace === undefined ? {} : { pace }),
    ...(canary === undefined ? {} : { canary }),
    ...(ratio === undefined ? {} : { stopAtFailureRatio: ratio }),
    dryRun: flag('dry-run'),
  };
}

async function redriveOne(name: string, letter: string, { api, invocation }: Called): Promise<ExitStatus> {
  const { terminal, flag, text } = invocation;
  const toWire = text('to-wire');
  const answer = await api.send({
    method: 'POST',
    path: letterPath(name, letter, '/redrive'),
    answer: redrivenSchema,
    body: toWire === undefined ? {} : { toWire },
  });
  if (!answer.ok) throw refusedBy(answer);
  if (flag('json')) terminal.json(answer.data);
  else terminal.out(`Message ${answer.data.messageId} is on ${answer.data.wireId} again.\n`);
  return 0;
}

async function cancelJob(name: string, job: string, { api, invocation }: Called): Promise<ExitStatus> {
  const answer = await api.send({ method: 'DELETE', path: jobPath(name, job), answer: redriveJobSchema });
  if (!answer.ok) throw refusedBy(answer);
  const { terminal, flag } = invocation;
  if (flag('json')) terminal.json(answer.data);
  else terminal.out(`${describeJob(answer.data)}\n`);
  return 0;
}

async function follow(name: string, first: RedriveJobView, { api, invocation }: Called): Promise<RedriveJobView> {
  const { terminal, flag } = invocation;
  let said = '';
  for (let job = first; ;) {
    if (job.endedAt !== null) return job;
    const line = describeJob(job);
    if (line !== said && !flag('json')) terminal.err(`${line}\n`);
    said = line;
    await sleep(LOOK_MS);
    const answer = await api.send({ method: 'GET', path: jobPath(name, job.id), answer: redriveJobSchema });
    if (!answer.ok) throw refusedBy(answer);
    job = answer.data;
  }
}

function jobPath(name: string, job: string): string {
  return pipelinePath(name, `/dead-letters/redrive/${encodeURIComponent(job)}`);
}

function showJob(name: string, job: RedriveJobView, { terminal, flag }: Invocation): ExitStatus {
  if (flag('json')) terminal.json(job);
  else if (job.endedAt === null)
    terminal.out(`Redrive ${job.id} of ${name} is at work: ${formatCount(job.letters)} dead letters.\n`);
  else terminal.out(`${describeJob(job)}\n`);
  const sound = job.endedAt === null || (job.state === 'done' && job.failedAgain === 0 && job.refused === 0);
  return sound ? 0 : 1;
}

function describeJob(job: RedriveJobView): string {
  const parts = [
    `${formatCount(job.redriven)} of ${formatCount(job.letters)} redriven`,
    `${formatCount(job.worked)} worked`,
    `${formatCount(job.failedAgain)} died again`,
    `${formatCount(job.left)} left`,
    ...(job.refused === 0 ? [] : [`${formatCount(job.refused)} have no wire to go to`]),
    ...(job.gone === 0 ? [] : [`${formatCount(job.gone)} gone meanwhile`]),
    ...(job.lostSight === 0 ? [] : [`${formatCount(job.lostSight)} out of sight`]),
  ];
  return `${job.state}: ${parts.join(', ')}${job.detail === null ? '' : `. ${job.detail}`}`;
}

function showForecast(name: string, forecast: RedriveForecastView, { terminal, flag }: Invocation): ExitStatus {
  if (flag('json')) {
    terminal.json(forecast);
    return 0;
  }
  const more = forecast.hasMore ? ', the newest of more' : '';
  terminal.out(`${formatCount(forecast.messages)} dead letters of ${name} would be redriven${more}.\n`);
  for (const { wireId, messages } of forecast.refused)
    terminal.out(
      `${formatCount(messages)} would stay: ${wireId ?? 'what they came from'} is no more. Name another wire with --to-wire.\n`,
    );
  if (forecast.groups.length > 0)
    terminal.out(
      `\n${formatTable(forecast.groups, [
        { title: 'MESSAGES', align: 'right', text: ({ messages }) => formatCount(messages) },
        { title: 'NODE', text: ({ nodeId }) => nodeId },
        { title: 'REASON', text: ({ reason }) => reason },
        { title: 'CAUSE', text: ({ cause }) => cause },
      ])}`,
    );
  return 0;
}
