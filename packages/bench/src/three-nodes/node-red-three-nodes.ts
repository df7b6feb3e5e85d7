import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hopProgram } from '../durable-hop/hop-work.ts';
import { orderEvent, orderNumber } from '../order-event.ts';
import { importPeer } from '../peers/install-peer.ts';
import type { ServedProgram } from '../process/program.ts';
import type { Tally } from '../tally.ts';
import { isWorkedOn, NODE_RED_STEPS } from './order-steps.ts';

/** What is used of `node-red`. */
interface NodeRed {
  init(settings: object): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly events: { once(event: 'flows:started', listener: () => void): void };
}

/** Between this program and the two nodes of `node-red-nodes`, which live in the same process. */
interface Hooks {
  /** Set by the source node: sends a message into the flow. */
  send: (message: { readonly payload: object }) => void;
  /** Called by the sink node. */
  arrived: (payload: unknown) => void;
}

const IN_FLIGHT = 1_000;

/** Node-RED without editor and HTTP, with a flow of three function nodes between a source and a sink that cost little. */
export async function openNodeRedThreeNodes(setting: {
  readonly folder: string;
  readonly peerFolder: string;
  readonly messages: number;
}): Promise<ServedProgram> {
  const nodesDir = path.join(setting.folder, 'nodes');
  await mkdir(nodesDir, { recursive: true });
  await cp(path.join(import.meta.dirname, 'node-red-nodes.cjs'), path.join(nodesDir, 'bench-nodes.js'));
  // Node-RED loads a node type only if there is also a page of it for the editor, which is off here.
  await writeFile(path.join(nodesDir, 'bench-nodes.html'), '');
  await writeFile(path.join(setting.folder, 'flow.json'), JSON.stringify(flow()));

  const hooks: Hooks = { send: () => undefined, arrived: () => undefined };
  Object.assign(globalThis, { sluiceBench: hooks });
  const { default: red } = await importPeer<{ readonly default: NodeRed }>(setting.peerFolder, 'node-red');
  red.init({
    userDir: setting.folder,
    flowFile: 'flow.json',
    nodesDir,
    httpAdminRoot: false,
    httpNodeRoot: false,
    credentialSecret: false,
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'off', metrics: false, audit: false } },
  });
  const started = new Promise<void>((resolve) => red.events.once('flows:started', resolve));
  await red.start();
  await started;

  const run = async (count: number, tally: Tally): Promise<void> => {
    let sent = 0;
    const sendNext = (): void => {
      if (sent === count) return;
      sent += 1;
      hooks.send({ payload: orderEvent(sent - 1) });
    };
    hooks.arrived = (payload) => {
      tally.see(isWorkedOn(payload) ? orderNumber(payload) : Number.NaN);
      sendNext();
    };
    for (let index = 0; index < Math.min(IN_FLIGHT, count); index += 1) sendNext();
    await tally.complete;
  };
  return hopProgram({ run, close: () => red.stop() }, setting.messages);
}

function flow(): readonly object[] {
  const functions = NODE_RED_STEPS.map((text, index) => ({
    id: `f${index}`,
    type: 'function',
    z: 'tab',
    name: '',
    func: text,
    outputs: 1,
    timeout: 0,
    initialize: '',
    finalize: '',
    libs: [],
    wires: [[index === NODE_RED_STEPS.length - 1 ? 'sink' : `f${index + 1}`]],
  }));
  return [
    { id: 'tab', type: 'tab', label: 'bench' },
    { id: 'source', type: 'bench-source', z: 'tab', wires: [['f0']] },
    ...functions,
    { id: 'sink', type: 'bench-sink', z: 'tab', wires: [] },
  ];
}
