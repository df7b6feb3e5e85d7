import { printDocument } from '@sluice/pipeline';
import { pipelineSchema } from '@sluice/protocol';
import type { Command } from '../command.ts';
import { apiClientFor, refusedBy, SERVER_OPTION } from '../server/api-client.ts';
import { pipelinePath } from '../server/save-draft.ts';

export const exportCommand: Command = {
  name: 'export',
  operands: 'NAME',
  operandCount: { min: 1, max: 1 },
  options: { ...SERVER_OPTION, yaml: { type: 'boolean', help: 'Print YAML instead of JSON' } },
  async run(invocation) {
    const [name = ''] = invocation.operands;
    const answer = await apiClientFor(invocation).send({
      method: 'GET',
      path: pipelinePath(name),
      answer: pipelineSchema,
    });
    if (!answer.ok) throw refusedBy(answer);
    invocation.terminal.out(printDocument(answer.data.document, { syntax: invocation.flag('yaml') ? 'yaml' : 'json' }));
    return 0;
  },
};
