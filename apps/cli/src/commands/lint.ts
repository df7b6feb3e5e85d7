import type { Command } from '../command.ts';
import { formatFindings, hasErrors } from '../output/print-findings.ts';
import { readDocumentFile } from '../read-document-file.ts';

export const lintCommand: Command = {
  name: 'lint',
  operands: 'FILE',
  operandCount: { min: 1, max: 1 },
  options: {},
  notes: [
    'FILE is JSON or YAML; - reads standard input. Ends with 1 when a finding stands in the way of a deployment.',
  ],
  async run({ terminal, folder, operands: [file = ''], flag }) {
    const { findings } = await readDocumentFile(file, folder);
    const deployable = !hasErrors(findings);
    if (flag('json')) terminal.json({ file, deployable, findings });
    else terminal.out(formatFindings(findings, file));
    return deployable ? 0 : 1;
  },
};
