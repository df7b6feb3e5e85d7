import type { BenchmarkScale, Contender, Side } from '../benchmark.ts';
import { startProgram } from '../process/start-program.ts';
import type { LoadClientCalls } from './load-client.ts';

/** Something that answers signed requests at `WEBHOOK_PATH`. */
export interface Receiver extends AsyncDisposable {
  readonly port: number;
  /** Told once all of these were answered with 202. Rejects when that is not what the receiver has. */
  check?(o: { readonly accepted: number; repeatFirst(): Promise<{ status: number; body: string }> }): Promise<void>;
}

/** A receiver under load from a client in a process of its own: as fast as it can, then at half of what that gave. */
export function webhookSide(name: string, openReceiver: (folder: string) => Promise<Receiver>): Side {
  return { name, open: (scale) => open(scale, openReceiver) };
}

async function open(scale: BenchmarkScale, openReceiver: (folder: string) => Promise<Receiver>): Promise<Contender> {
  const receiver = await openReceiver(scale.folder);
  const client = await startProgram<LoadClientCalls>('load-client', null, { place: 'client' });
  const { port } = receiver;
  const requests = scale.quick ? 4_000 : 30_000;
  const seconds = scale.quick ? 0.5 : 3;
  let runs = 0;
  let accepted = 0;
  return {
    async measure() {
      runs += 1;
      const run = `run-${runs}`;
      const { rate, ownCpu } = await client.call('saturate', { port, run, requests });
      const { sent, p50, p99 } = await client.call('pace', { port, run: `${run}-paced`, perSecond: rate / 2, seconds });
      accepted += requests + sent;
      await receiver.check?.({ accepted, repeatFirst: () => client.call('repeat', { port, run }) });
      return { rate, p50, p99, ownCpu };
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}
