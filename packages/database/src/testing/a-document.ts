import { randomUUID } from 'node:crypto';
import { FORMAT, type PipelineDocument } from '@sluice/pipeline';

/** A small document under a name that no other test uses. */
export function aDocument(changes: Partial<PipelineDocument> = {}): PipelineDocument {
  return {
    format: FORMAT,
    name: `p-${randomUUID()}`,
    nodes: [
      { id: 'in', type: 'webhook', config: { path: 'placed' } },
      { id: 'ship', type: 'http-request', config: { method: 'POST', url: 'http://127.0.0.1:9000/ship' } },
    ],
    wires: [{ id: 'w1', from: 'in', to: 'ship', delivery: 'pull' }],
    ...changes,
  };
}
