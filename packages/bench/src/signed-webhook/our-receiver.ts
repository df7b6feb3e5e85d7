import { documentOf, endlessPull } from '../document-of.ts';
import { serverApi } from '../server/server-api.ts';
import { startServer } from '../server/start-server.ts';
import { WEBHOOK_SECRET } from './webhook-secret.ts';
import type { Receiver } from './webhook-side.ts';

const PIPELINE = 'bench';
const SECRET = 'bench';

/** The server with one pipeline, webhook to pull wire. 202 says that the message and its idempotency key are on disk. */
export async function openOurReceiver(folder: string): Promise<Receiver> {
  const server = await startServer(folder);
  const api = serverApi(server.url);
  await api.setSecret(SECRET, WEBHOOK_SECRET);
  await api.deploy(
    documentOf(
      PIPELINE,
      [
        {
          id: 'in',
          type: 'webhook',
          config: { path: 'order', verify: { scheme: 'standard-webhooks', secret: { $secret: SECRET } } },
        },
        // Takes one message a day: what is measured is the way in, and nothing else works meanwhile.
        { id: 'out', type: 'log', work: { workers: 1, rateLimit: '1/d' } },
      ],
      [endlessPull('in', 'out')],
    ),
  );
  return {
    port: server.port,
    async check({ accepted, repeatFirst }) {
      const repeated = await repeatFirst();
      if (repeated.status !== 200 || !repeated.body.includes('"duplicate"'))
        throw new Error(`a repeated request was answered with ${repeated.status}: ${repeated.body}`);
      const { wires, nodes } = await api.status(PIPELINE);
      const kept = (wires['in-out']?.depth ?? 0) + (nodes['out']?.completed ?? 0);
      if (kept !== accepted) throw new Error(`${accepted} messages were accepted and ${kept} are there`);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
