import path from 'node:path';
import type { Command } from '../command.ts';
import { readSecrets } from '../hosting/read-secrets.ts';
import { createStatusReporter } from '../hosting/status-reporter.ts';
import { listenForStop } from '../hosting/stop-signal.ts';
import { formatFindings, hasErrors, warnOfFindings } from '../output/print-findings.ts';
import { readDocumentFile } from '../read-document-file.ts';

const DEFAULT_PORT = 4400;

export const runCommand: Command = {
  name: 'run',
  operands: 'FILE',
  operandCount: { min: 1, max: 1 },
  options: {
    port: {
      type: 'string',
      value: 'N',
      help: `Where webhooks are served on 127.0.0.1 (${DEFAULT_PORT}; 0: any free port)`,
    },
    'data-dir': { type: 'string', value: 'DIR', help: 'Where queues, logs and cursors are kept (./.sluice-run/NAME)' },
    secret: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      help: 'A secret; may be repeated. Others on this machine can see it: prefer a file',
    },
    'secrets-file': { type: 'string', value: 'FILE', help: 'Secrets as name=value lines or one JSON object' },
  },
  notes: [
    'Runs until it is told to stop (Ctrl-C, SIGTERM), then finishes what is in hand and ends with 0. What still waits is kept in the data folder and taken up at the next start.',
    'One line a second tells how it fares; with --json every line is a JSON object: started, status, notice, log, stopped.',
  ],
  async run(invocation) {
    const [file = ''] = invocation.operands;
    const { terminal, folder } = invocation;
    const json = invocation.flag('json');
    const port = invocation.number('port', { min: 0, max: 65_535 }) ?? DEFAULT_PORT;
    const secrets = await readSecrets({
      file: invocation.text('secrets-file'),
      pairs: invocation.texts('secret'),
      folder,
    });
    const { document, findings } = await readDocumentFile(file, folder);
    if (document === undefined || hasErrors(findings)) {
      if (json) terminal.json({ file, deployable: false, findings });
      else terminal.err(formatFindings(findings, file));
      return 1;
    }
    if (!json) warnOfFindings(terminal, findings, file);
    const dataDir = path.resolve(folder, invocation.text('data-dir') ?? path.join('.sluice-run', document.name));
    const reporter = createStatusReporter(terminal, json ? 'json' : 'text');

    // Loaded last: help and refusals need no message store.
    const { hostPipeline } = await import('../hosting/host-pipeline.ts');
    using stopSignal = listenForStop();
    const pipeline = await hostPipeline({ document, dataDir, port, secrets, reporter });
    if (json) terminal.json({ kind: 'started', name: document.name, dataDir, hooks: pipeline.hooks });
    else
      terminal.out(
        [
          `${document.name} runs; its data is in ${dataDir}.`,
          ...pipeline.hooks.map(({ methods, url }) => `${methods.join(', ')} ${url}`),
          '',
        ].join('\n'),
      );
    try {
      await Promise.race([stopSignal.asked, pipeline.failed]);
    } finally {
      reporter.end();
      await pipeline.stop();
    }
    if (json) terminal.json({ kind: 'stopped', name: document.name });
    else terminal.out(`${document.name} has stopped.\n`);
    return 0;
  },
};
