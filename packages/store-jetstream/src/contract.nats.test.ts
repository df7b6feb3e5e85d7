import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeMessageStore } from '@sluice/engine/contracts';
import { openJetStreamStore } from './open-jetstream-store.ts';
import { dropStreams } from './testing/drop-streams.ts';
import { noServer, startNatsServer, type TestServer } from './testing/nats-server.ts';

describe.skipIf(noServer)('with a nats-server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  describeMessageStore({
    name: 'jetstream',
    capabilities: { restarts: true },
    modelRuns: 10, // each command waits for the server
    create: async (clock) => {
      const prefix = `test-${randomUUID()}`;
      let store = await openJetStreamStore({ servers: server.address, prefix, clock });
      return {
        store,
        async reopen(how) {
          await store[how]();
          store = await openJetStreamStore({ servers: server.address, prefix, clock });
          return store;
        },
        async dispose() {
          await store.close();
          await dropStreams(server.address, prefix);
        },
      };
    },
  });
});
