import {
  pipelineStatusSchema,
  pipelineListSchema,
  type NodeStatus,
  type PipelineStatus,
  type PipelineSummary,
  type RemovedWireStatus,
  type WireStatus,
} from '@sluice/protocol';
import type { Command, ExitStatus } from '../command.ts';
import type { Invocation } from '../invocation.ts';
import { formatAge, formatCount, formatRate } from '../output/format-figures.ts';
import { formatTable } from '../output/format-table.ts';
import { apiClientFor, refusedBy, SERVER_OPTION, type ApiClient } from '../server/api-client.ts';
import { pipelinePath } from '../server/save-draft.ts';

export const statusCommand: Command = {
  name: 'status',
  operands: '[NAME]',
  operandCount: { min: 0, max: 1 },
  options: SERVER_OPTION,
  async run(invocation) {
    const [name] = invocation.operands;
    const api = apiClientFor(invocation);
    return name === undefined ? listPipelines(api, invocation) : showPipeline(name, api, invocation);
  },
};

async function listPipelines(api: ApiClient, { terminal, flag }: Invocation): Promise<ExitStatus> {
  const answer = await api.send({ method: 'GET', path: '/pipelines', answer: pipelineListSchema });
  if (!answer.ok) throw refusedBy(answer);
  if (flag('json')) terminal.json(answer.data.pipelines);
  else if (answer.data.pipelines.length === 0)
    terminal.out(`${api.server} has no pipelines. Make one there, or \`sluice import FILE\`.\n`);
  else terminal.out(pipelineTable(answer.data.pipelines));
  return 0;
}

async function showPipeline(name: string, api: ApiClient, { terminal, flag }: Invocation): Promise<ExitStatus> {
  const answer = await api.send({ method: 'GET', path: pipelinePath(name, '/status'), answer: pipelineStatusSchema });
  if (!answer.ok) throw refusedBy(answer);
  if (flag('json')) terminal.json(answer.data);
  else terminal.out(describePipeline(answer.data));
  return 0;
}

function pipelineTable(pipelines: readonly PipelineSummary[]): string {
  return formatTable(pipelines, [
    { title: 'PIPELINE', text: ({ name }) => name },
    { title: 'STATE', text: ({ deployment }) => deployment?.state ?? 'draft' },
    {
      title: 'VERSION',
      align: 'right',
      text: ({ deployment, draftDiffers }) =>
        deployment === null ? '-' : `${deployment.version}${draftDiffers ? '*' : ''}`,
    },
    { title: 'IN', align: 'right', text: ({ totals }) => (totals === null ? '-' : formatRate(totals.rateIn)) },
    { title: 'OUT', align: 'right', text: ({ totals }) => (totals === null ? '-' : formatRate(totals.rateOut)) },
    { title: 'WAITING', align: 'right', text: ({ totals }) => (totals === null ? '-' : formatCount(totals.depth)) },
    { title: 'OLDEST', align: 'right', text: ({ totals }) => formatAge(totals?.oldestAgeMs ?? null) },
    { title: 'DEAD', align: 'right', text: ({ totals }) => (totals === null ? '-' : formatCount(totals.deadLetters)) },
    { title: 'VERDICT', text: ({ verdict }) => verdict?.text ?? '' },
  ]);
}

function describePipeline(status: PipelineStatus): string {
  const { name, version, state, verdict, totals, nodes, wires, removedWires } = status;
  const sums = `in ${formatRate(totals.rateIn)}, out ${formatRate(totals.rateOut)}, ${formatCount(totals.depth)} waiting, ${formatCount(totals.deadLetters)} dead letters`;
  return `${name} version ${version} is ${state}: ${verdict.text}\n${sums}\n\n${nodeTable(Object.values(nodes))}\n${wireTable(Object.values(wires))}${removedWires.length === 0 ? '' : `\n${removedWireTable(removedWires)}`}`;
}

function nodeTable(nodes: readonly NodeStatus[]): string {
  return formatTable(nodes, [
    { title: 'NODE', text: ({ id }) => id },
    {
      title: 'STATE',
      text: ({ id, state, heldBy }) => (heldBy === null || heldBy === id ? state : `${state} by ${heldBy}`),
    },
    { title: 'IN', align: 'right', text: ({ rateIn }) => formatRate(rateIn) },
    { title: 'OUT', align: 'right', text: ({ rateOut }) => formatRate(rateOut) },
    { title: 'BUSY', align: 'right', text: ({ busy, workers }) => `${busy}/${workers}` },
    { title: 'P95', align: 'right', text: ({ working }) => formatAge(working?.p95 ?? null) },
    { title: 'RETRIES', align: 'right', text: ({ retries }) => formatCount(retries) },
    { title: 'DEAD', align: 'right', text: ({ deadLetters }) => formatCount(deadLetters) },
    { title: 'BREAKER', text: ({ breaker }) => (breaker === 'none' ? '-' : breaker) },
    { title: 'LAST ERROR', text: ({ lastError }) => lastError?.message ?? '' },
  ]);
}

function wireTable(wires: readonly WireStatus[]): string {
  return formatTable(wires, [
    { title: 'WIRE', text: ({ id }) => id },
    { title: 'DELIVERY', text: ({ delivery }) => delivery },
    { title: 'STATE', text: ({ state }) => state },
    {
      title: 'WAITING',
      align: 'right',
      text: ({ depth, capacity }) =>
        capacity === null ? formatCount(depth) : `${formatCount(depth)}/${formatCount(capacity)}`,
    },
    { title: 'IN HAND', align: 'right', text: ({ inFlight }) => formatCount(inFlight) },
    { title: 'DELAYED', align: 'right', text: ({ delayed }) => formatCount(delayed) },
    { title: 'OLDEST', align: 'right', text: ({ oldestAgeMs }) => formatAge(oldestAgeMs) },
    { title: 'IN', align: 'right', text: ({ rateIn }) => formatRate(rateIn) },
    { title: 'OUT', align: 'right', text: ({ rateOut }) => formatRate(rateOut) },
  ]);
}

/** What earlier versions left, and what becomes of it. */
function removedWireTable(wires: readonly RemovedWireStatus[]): string {
  return formatTable(wires, [
    { title: 'REMOVED WIRE', text: ({ id }) => id },
    { title: 'VERSION', align: 'right', text: ({ version }) => (version === null ? '-' : `${version}`) },
    { title: 'FATE', text: ({ fate, moveTo }) => (moveTo === null ? fate : `${fate} to ${moveTo}`) },
    { title: 'WAITING', align: 'right', text: ({ depth }) => formatCount(depth) },
    { title: 'IN HAND', align: 'right', text: ({ inFlight }) => formatCount(inFlight) },
    { title: 'DELAYED', align: 'right', text: ({ delayed }) => formatCount(delayed) },
    { title: 'OLDEST', align: 'right', text: ({ oldestAgeMs }) => formatAge(oldestAgeMs) },
    { title: 'PROBLEM', text: ({ problem }) => problem ?? '' },
  ]);
}
