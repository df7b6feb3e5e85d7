// A process of its own: the runtime with one pipeline, webhook to queue. Tells its port; ends when its parent lets go of it.
import { createServer } from 'node:http';
import process from 'node:process';
import { parseDocument } from '@sluice/pipeline';
import { createIngress, startRuntime } from '@sluice/runtime';
import { tellPort } from './tell-port.ts';
import { WEBHOOK_SECRET } from './webhook-secret.ts';

const [dataDir = ''] = process.argv.slice(2);

const parsed = parseDocument({
  format: 'sluice/v1',
  name: 'bench',
  nodes: [
    {
      id: 'in',
      type: 'webhook',
      config: { path: 'order', verify: { scheme: 'standard-webhooks', secret: { $secret: 'bench' } } },
    },
    // Takes one message a day: what is measured is the way in, and nothing else works meanwhile.
    { id: 'out', type: 'log', config: {}, work: { workers: 1, rateLimit: '1/d' } },
  ],
  wires: [
    {
      id: 'queue',
      from: 'in',
      to: 'out',
      delivery: 'pull',
      queue: { capacity: 100_000_000, capacityBytes: 1_000_000_000_000 },
    },
  ],
});
if (!parsed.ok) throw new Error(parsed.findings.map(({ message }) => message).join('\n'));

const runtime = await startRuntime({
  dataDir,
  egress: { private: 'allowed', allow: [] },
  secrets: { find: (name) => Promise.resolve(name === 'bench' ? WEBHOOK_SECRET : undefined) },
  log: { write: () => {} },
});
const deployed = await runtime.engine.deploy({ pipelineId: 'bench', version: 1, document: parsed.document });
if (!deployed.ok) throw new Error(`the pipeline was refused: ${JSON.stringify(deployed)}`);

const ingress = createIngress({
  engine: runtime.engine,
  ids: runtime.ids,
  onError: (error) => {
    throw error;
  },
});
const server = createServer((request, response) => ingress.handle(request, response));
await tellPort(server);
process.once('disconnect', () => {
  ingress.refuseAll();
  server.close();
  server.closeAllConnections();
  void runtime.stop({ deadlineMs: 5_000 }).then(() => process.exit(0));
});
