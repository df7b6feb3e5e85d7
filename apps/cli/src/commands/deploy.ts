import { existsSync } from 'node:fs';
import path from 'node:path';
import { deployedSchema, type DeployRequest, type Problem } from '@sluice/protocol';
import type { Command, ExitStatus } from '../command.ts';
import { CommandFailure, UsageError } from '../failures.ts';
import type { Invocation } from '../invocation.ts';
import { apiClientFor, refusedBy, SERVER_OPTION, type ApiClient } from '../server/api-client.ts';
import { readDraft } from '../server/read-draft.ts';
import { pipelinePath, saveDraft } from '../server/save-draft.ts';

export const deployCommand: Command = {
  name: 'deploy',
  operands: 'NAME|FILE',
  operandCount: { min: 1, max: 1 },
  options: {
    ...SERVER_OPTION,
    version: { type: 'string', value: 'N', help: 'Run this version again instead of publishing the draft' },
    note: { type: 'string', value: 'TEXT', help: 'What is new in this version' },
    'removed-wires': {
      type: 'string',
      value: 'dead-letter',
      help: 'What becomes of messages on wires that the new version no longer has',
    },
  },
  notes: ['With a FILE, the document is imported first.'],
  async run(invocation) {
    const [operand = ''] = invocation.operands;
    const request = deployRequest(invocation);
    const api = apiClientFor(invocation);
    const isFile = /\.(json|ya?ml)$/i.test(operand) || existsSync(path.resolve(invocation.folder, operand));
    if (!isFile) return deploy(operand, { api, request, invocation });
    if (request.version !== undefined)
      throw new UsageError('--version goes with the NAME of a pipeline, not with a FILE.', 'deploy');
    const document = await readDraft(operand, invocation);
    if (document === undefined) return 1;
    await saveDraft(api, document);
    return deploy(document.name, { api, request, invocation });
  },
};

function deployRequest({ number, text }: Invocation): DeployRequest {
  const version = number('version', { min: 1, max: 1_000_000_000 });
  const note = text('note');
  const removedWires = text('removed-wires');
  if (removedWires !== undefined && removedWires !== 'dead-letter')
    throw new UsageError(`--removed-wires can only be dead-letter, not "${removedWires}".`, 'deploy');
  return {
    ...(version === undefined ? {} : { version }),
    ...(note === undefined ? {} : { note }),
    ...(removedWires === undefined ? {} : { removedWires }),
  };
}

async function deploy(
  name: string,
  {
    api,
    request,
    invocation,
  }: { readonly api: ApiClient; readonly request: DeployRequest; readonly invocation: Invocation },
): Promise<ExitStatus> {
  const { terminal, flag } = invocation;
  const answer = await api.send({
    method: 'POST',
    path: pipelinePath(name, '/deploy'),
    answer: deployedSchema,
    body: request,
  });
  if (!answer.ok) throw deployRefused(answer.problem, name);
  const { version, state, findings } = answer.data;
  if (flag('json')) terminal.json({ name, version, state, findings });
  else
    terminal.out([...findings.map(({ message }) => message), `${name} version ${version} is ${state}.`, ''].join('\n'));
  return 0;
}

function deployRefused(problem: Problem, name: string): CommandFailure {
  const failure = refusedBy({ problem });
  if (problem.code !== 'wires-hold-messages') return failure;
  return new CommandFailure(
    problem.code,
    `${failure.message}\nLet ${name} drain first, or move them to dead letter with --removed-wires dead-letter.`,
  );
}
