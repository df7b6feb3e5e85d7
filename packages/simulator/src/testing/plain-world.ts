import type { NodeDocument, PipelineDocument, WireDocument } from '@sluice/pipeline';
import { DiskError } from '../slow-store.ts';
import type { StorageFactory } from '../storage.ts';
import { createWorld, type World, type WorldRequest } from '../world.ts';
import { plainBehaviours, plainCatalogue } from './plain-nodes.ts';
import { scriptedTarget, type ScriptedTarget } from './scripted-target.ts';

let storage: StorageFactory | undefined;

/** From here on worlds of this test run are made on other stores. */
export function useStorage(factory: StorageFactory): void {
  storage = factory;
}

/** A world of plain nodes; what is not given is calm weather. */
export function plainWorld(
  wishes: Partial<WorldRequest> & { readonly target?: ScriptedTarget } = {},
): World & { readonly target: ScriptedTarget } {
  const { target = scriptedTarget(), ...rest } = wishes;
  const world = createWorld({
    catalogue: plainCatalogue,
    behaviours: plainBehaviours,
    seed: 1,
    settle: () => new Promise((resolve) => setImmediate(resolve)),
    connect: target.connect,
    ...(storage === undefined ? {} : { storage }),
    ...rest,
  });
  return Object.defineProperty(world, 'target', { value: target }) as World & { readonly target: ScriptedTarget };
}

/** `'in -push-> pass -pull-> call'` with settings by element: nodes are named by their type, wires w1, w2, ... */
export function aPipeline(
  drawing: string,
  settings: Readonly<Record<string, object>> = {},
  name = 'plain',
): PipelineDocument {
  const nodes = new Map<string, NodeDocument>();
  const wires: WireDocument[] = [];
  for (const line of drawing.split('\n')) {
    const [first, ...rest] = line.trim().split(/\s+/);
    // `run.charge` is a port of a node that stands in a line above.
    const [start = ''] = (first ?? '').split('.');
    let from = nodes.has(start) ? (first ?? '') : addNode(nodes, settings, first ?? '');
    for (let index = 0; index + 1 < rest.length; index += 2) {
      const delivery = (rest[index] ?? '').slice(1, -2);
      const to = addNode(nodes, settings, rest[index + 1] ?? '');
      const id = `w${wires.length + 1}`;
      wires.push({ id, from, to, delivery, ...settings[id] } as WireDocument);
      from = to;
    }
  }
  return { format: 'sluice/v1', name, nodes: [...nodes.values()], wires };
}

/** `call` or `call:second` for another node of the type, with the id `second`. */
function addNode(nodes: Map<string, NodeDocument>, settings: Readonly<Record<string, object>>, text: string): string {
  const [type = '', id = type] = text.split(':');
  if (!nodes.has(id)) nodes.set(id, { id, type, ...settings[id] });
  return id;
}

/** Deploys the document as version 1 and fails the test when it is refused. */
export async function running(
  document: PipelineDocument,
  wishes: Parameters<typeof plainWorld>[0] = {},
): Promise<ReturnType<typeof plainWorld>> {
  const world = plainWorld(wishes);
  await firstDeployed(world, document);
  return world;
}

/** As somebody would who sees a disk fail in the midst of it, and tries again when the process is back. */
export async function firstDeployed(world: World, document: PipelineDocument): Promise<void> {
  for (;;) {
    try {
      const deployed = await world.during(world.deploy({ version: 1, document }));
      if (!deployed.ok) throw new Error(`Refused: ${JSON.stringify(deployed)}`);
      return;
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      await world.clock.run(BACK_MS);
    }
  }
}

const BACK_MS = 1_000;
