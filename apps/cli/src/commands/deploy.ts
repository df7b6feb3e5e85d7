import { existsSync } from 'node:fs';
import path from 'node:path';
import { deployedSchema, type DeployRequest, type Problem } from '@sluice/protocol';
import type { Command, ExitStatus } from '../command.ts';
import { CommandFailure, UsageError } from '../failures.ts';
import type { Invocation } from '../invocation.ts';
import { apiClientFor, refusedBy, SERVER_OPTION, type ApiClient } from '../server/api-client.ts';
import { readDraft } from '../server/read-draft.ts';
import { pipelinePath, saveDraft } from '../server/save-draft.ts';
import { readRemovedWires } from './read-removed-wires.ts';

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
      value: 'FATES',
      help: 'What becomes of messages on wires that the new version no longer has',
    },
  },
  notes: [
    'With a FILE, the document is imported first.',
    'FATES is `drain` (the version before works them off) or `dead-letter` for all removed wires, or a list such as',
    '`w1=drain,w2=move:w3,w4=dead-letter`.',
  ],
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
  const fates = text('removed-wires');
  const removedWires = fates === undefined ? undefined : readRemovedWires(fates);
  if (fates !== undefined && removedWires === undefined) {
    throw new UsageError(
      `--removed-wires is drain, dead-letter, or a list such as w1=drain,w2=move:w3, not "${fates}".`,
      'deploy',
    );
  }
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
  if (!answer.ok) throw deployRefused(answer.problem);
  const { version, state, findings, restarted } = answer.data;
  if (flag('json')) {
    terminal.json({ name, version, state, findings, restarted });
    return 0;
  }
  const began = restarted.length === 0 ? '' : ` Began anew: ${restarted.join(', ')}.`;
  const messages = findings.map(({ message }) => message);
  terminal.out([...messages, `${name} version ${version} is ${state}.${began}`, ''].join('\n'));
  return 0;
}

function deployRefused(problem: Problem): CommandFailure {
  const failure = refusedBy({ problem });
  if (problem.code !== 'wires-hold-messages') return failure;
  return new CommandFailure(
    problem.code,
    `${failure.message}\nLet the version before work them off with --removed-wires drain, or give them up with --removed-wires dead-letter.`,
  );
}
