import path from 'node:path';
import type { Benchmark, BenchmarkScale, Contender } from '../benchmark.ts';
import { sendRequests } from './send-requests.ts';
import { signedRequests } from './signed-requests.ts';
import { startReceiver, type Receiver } from './start-receiver.ts';

/** From a signed request to 202, which ours gives when the message and its idempotency key are on disk. */
export const signedWebhook: Benchmark = {
  name: 'signed-webhook',
  unit: 'requests/s',
  baselineName: 'bare Express 5 route checking the same HMAC, nothing stored',
  openOurs: async (scale) =>
    contender(
      await startReceiver(new URL('./our-receiver.ts', import.meta.url), [path.join(scale.folder, 'data')]),
      scale,
    ),
  openBaseline: async (scale) =>
    contender(await startReceiver(new URL('./express-receiver.ts', import.meta.url), []), scale),
};

function contender(receiver: Receiver, { quick }: BenchmarkScale): Contender {
  let run = 0;
  return {
    async measure() {
      run += 1;
      const requests = signedRequests(quick ? 4_000 : 20_000, `run-${run}`);
      return sendRequests(receiver.port, requests);
    },
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}
