import type { Command } from '../command.ts';
import { readDraft } from '../server/read-draft.ts';
import { apiClientFor, SERVER_OPTION } from '../server/api-client.ts';
import { saveDraft } from '../server/save-draft.ts';

export const importCommand: Command = {
  name: 'import',
  operands: 'FILE',
  operandCount: { min: 1, max: 1 },
  options: SERVER_OPTION,
  notes: [
    'Creates the pipeline where there is none of that name. What is deployed runs on until you deploy. A draft may have findings.',
  ],
  async run(invocation) {
    const [file = ''] = invocation.operands;
    const { terminal } = invocation;
    const document = await readDraft(file, invocation);
    if (document === undefined) return 1;
    const api = apiClientFor(invocation);
    const { pipeline, created } = await saveDraft(api, document);
    if (invocation.flag('json'))
      terminal.json({ id: pipeline.id, name: pipeline.name, revision: pipeline.revision, created });
    else
      terminal.out(
        `${created ? 'Created' : 'Saved the draft of'} ${pipeline.name} on ${api.server}. Deploy it with \`sluice deploy ${pipeline.name}\`.\n`,
      );
    return 0;
  },
};
