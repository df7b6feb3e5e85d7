import { orderEvent, orderNumber } from '../order-event.ts';
import { importPeer } from '../peers/install-peer.ts';
import type { ServedProgram } from '../process/program.ts';
import type { Tally } from '../tally.ts';
import { hopProgram, produceInWaves, until } from './hop-work.ts';

/** What is used of `@nats-io/transport-node` and `@nats-io/jetstream`. */
interface Transport {
  connect(options: { readonly servers: string }): Promise<{ close(): Promise<void> }>;
}

interface JetStreamPackage {
  jetstream(connection: object): JetStream;
  jetstreamManager(connection: object): Promise<{
    readonly streams: {
      add(config: object): Promise<unknown>;
      delete(name: string): Promise<boolean>;
      info(name: string): Promise<{ readonly state: { readonly messages: number } }>;
    };
    readonly consumers: { add(stream: string, config: object): Promise<unknown> };
  }>;
}

interface JetStream {
  publish(subject: string, payload: string): Promise<unknown>;
  readonly consumers: { get(stream: string, name: string): Promise<{ consume(options: object): Promise<Messages> }> };
}

interface Messages extends AsyncIterable<{ json(): unknown; ack(): void }> {
  close(): Promise<unknown>;
}

const STREAM = 'hop';
const CONSUMER = 'bench';
/** Publications on their way at once are twice this. */
const PUBLISH_WAVE = 500;
const PULL = 500;

export async function openJetstreamHop(setting: {
  readonly peerFolder: string;
  readonly port: number;
  readonly messages: number;
}): Promise<ServedProgram> {
  const { connect } = await importPeer<Transport>(setting.peerFolder, '@nats-io/transport-node');
  const { jetstream, jetstreamManager } = await importPeer<JetStreamPackage>(setting.peerFolder, '@nats-io/jetstream');
  const connection = await connect({ servers: `127.0.0.1:${setting.port}` });
  const manager = await jetstreamManager(connection);
  const stream = jetstream(connection);

  const take = async (messages: Messages, count: number, tally: Tally): Promise<void> => {
    let consumed = 0;
    for await (const message of messages) {
      tally.see(orderNumber(message.json()));
      message.ack();
      consumed += 1;
      if (consumed === count) break;
    }
    // An acknowledged message leaves a work queue; acknowledgements themselves are not answered.
    await until(async () => (await manager.streams.info(STREAM)).state.messages === 0);
  };

  return hopProgram(
    {
      async run(count, tally) {
        await manager.streams.add({ name: STREAM, subjects: [STREAM], retention: 'workqueue', storage: 'file' });
        await manager.consumers.add(STREAM, { durable_name: CONSUMER, ack_policy: 'explicit', max_ack_pending: -1 });
        const consumer = await stream.consumers.get(STREAM, CONSUMER);
        const messages = await consumer.consume({ max_messages: PULL });
        const produced = produceInWaves(count, PUBLISH_WAVE, async (first, size) => {
          await Promise.all(
            Array.from({ length: size }, (_, index) =>
              stream.publish(STREAM, JSON.stringify(orderEvent(first + index))),
            ),
          );
        });
        await Promise.all([produced, take(messages, count, tally)]);
        await messages.close();
        await manager.streams.delete(STREAM);
      },
      close: () => connection.close(),
    },
    setting.messages,
  );
}
