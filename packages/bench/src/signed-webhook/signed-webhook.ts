import type { Benchmark } from '../benchmark.ts';
import type { ProgramName } from '../process/programs.ts';
import { startProgram } from '../process/start-program.ts';
import { openOurReceiver } from './our-receiver.ts';
import type { ReceiverCalls } from './receiver-program.ts';
import { type Receiver, webhookSide } from './webhook-side.ts';

/** From a signed request to 202, which ours gives when the message and its idempotency key are on disk. */
export const signedWebhook: Benchmark = {
  name: 'signed-webhook',
  figures: [
    { name: 'signed-webhook', unit: 'requests/s', better: 'more', key: 'rate' },
    { name: 'signed-webhook-p99', unit: 'ms at half that load', better: 'less', key: 'p99', limit: 15 },
  ],
  ours: [webhookSide('server', openOurReceiver)],
  others: [
    webhookSide('Express 5 route checking the same HMAC, nothing stored', () => receiverOf('express-receiver')),
    webhookSide('bare node:http, nothing checked, nothing stored', () => receiverOf('bare-node-receiver')),
  ],
};

async function receiverOf(name: ProgramName): Promise<Receiver> {
  const program = await startProgram<ReceiverCalls>(name, null, { place: 'server' });
  const port = await program.call('port', null);
  return { port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}
