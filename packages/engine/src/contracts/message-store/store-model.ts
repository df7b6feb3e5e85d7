import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { MessageStoreContract } from '../message-store.contract.ts';
import { modelCommands } from './model-commands.ts';
import { openSubject, type Subject } from './subject.ts';
import { createModel, type StoreModel } from './model-state.ts';
import { GROUP, LOG } from './builders.ts';

/** Compares the store with a model of plain arrays over random histories. A failure prints its seed and its shortest history. */
export function describeModel(contract: MessageStoreContract): void {
  describe(`message store: ${contract.name}`, () => {
    it('S1 to S10: behaves as its model over random histories', async () => {
      const commands = modelCommands({ restarts: contract.capabilities.restarts });
      await fc.assert(
        fc.asyncProperty(commands, async (history) => {
          const subject = await openSubject(contract);
          try {
            await subject.store.declareLog({ log: LOG, partitions: 1 });
            await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
            await fc.asyncModelRun(
              (): { model: StoreModel; real: Subject } => ({ model: createModel(), real: subject }),
              history,
            );
          } finally {
            await subject.dispose();
          }
        }),
        { numRuns: contract.modelRuns ?? 100 },
      );
    }, 60_000);
  });
}
