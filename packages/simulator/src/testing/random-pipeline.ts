import type { Random } from '@sluice/engine';
import type { Log, NodeDocument, PipelineDocument, WireDocument } from '@sluice/pipeline';

/** A sink of a random pipeline, with all that lies between it and the source. */
export interface Leaf {
  readonly id: string;
  readonly url: string;
  /** Wires from the source to it. */
  readonly way: readonly string[];
  /** True when every wire on the way keeps the order of a key. */
  readonly ordered: boolean;
}

export interface RandomPipeline {
  readonly document: PipelineDocument;
  readonly source: 'in' | 'tick';
  readonly leaves: readonly Leaf[];
  readonly capacities: ReadonlyMap<string, number>;
}

export interface Dice {
  /** From `least` to `most`, both possible. */
  between(least: number, most: number): number;
  chance(share: number): boolean;
  oneOf<Value>(values: readonly Value[]): Value;
}

export function diceOf(random: Random): Dice {
  const between = (least: number, most: number): number => least + Math.floor(random.next() * (most - least + 1));
  return {
    between,
    chance: (share) => random.next() < share,
    oneOf: (values) => values[between(0, values.length - 1)] as (typeof values)[number],
  };
}

/**
 * A tree of 3 to 8 plain nodes: one source, steps, and an HTTP call at every end; deliveries and settings by chance.
 * `features` chooses among further settings: chances of their own leave the trees of all seeds as they are.
 */
export function randomPipeline(dice: Dice, features: Dice): RandomPipeline {
  const count = dice.between(3, 8);
  const source = dice.chance(0.65) ? 'in' : 'tick';
  const parents = [-1, 0];
  for (let index = 2; index < count; index += 1)
    parents.push(dice.chance(0.15) ? 0 : dice.between(Math.max(0, index - 3), index - 1));
  const isLeaf = (index: number): boolean => index > 0 && !parents.includes(index);
  const idOf = (index: number): string => (index === 0 ? source : `n${index}`);

  const nodes: NodeDocument[] = [];
  const wires: WireDocument[] = [];
  const ways: string[][] = [[]];
  const orders: boolean[] = [true];
  const capacities = new Map<string, number>();
  const logs = parents.map(() => ({
    partitions: dice.between(1, 4),
    ...(dice.chance(0.3) ? { retention: { bytes: dice.between(1_500, 6_000) } } : {}),
  }));
  for (let index = 0; index < count; index += 1) {
    nodes.push(
      index === 0 ? sourceNode(source, dice) : furthered(workNode(idOf(index), isLeaf(index), dice), features),
    );
    if (index === 0) continue;
    const parent = parents[index] ?? 0;
    const wire = randomWire({
      id: `w${index}`,
      from: idOf(parent),
      to: idOf(index),
      log: logs[parent] ?? {},
      dice,
    });
    const furtherWire = furtheredWire(wire, features);
    wires.push(furtherWire);
    ways.push([...(ways[parent] ?? []), wire.id]);
    const keepsOrder = wire.delivery !== 'pull' || wire.queue?.orderBy !== undefined;
    // A poller that pushes repeats its page after a crash, and then what failed before may succeed.
    const repeats = parent === 0 && source === 'tick' && wire.delivery === 'push';
    orders.push((orders[parent] ?? false) && keepsOrder && !repeats);
    if (wire.delivery === 'pull') capacities.set(wire.id, wire.queue?.capacity ?? 0);
  }
  const leaves = parents.flatMap((_, index) =>
    isLeaf(index)
      ? [{ id: idOf(index), url: `http://${idOf(index)}`, way: ways[index] ?? [], ordered: orders[index] ?? false }]
      : [],
  );
  return { document: { format: 'sluice/v1', name: 'random', nodes, wires }, source, leaves, capacities };
}

function sourceNode(type: 'in' | 'tick', dice: Dice): NodeDocument {
  if (type === 'in') return { id: 'in', type };
  return {
    id: 'tick',
    type,
    config: {
      everyMs: dice.between(20, 300),
      page: dice.between(1, 7),
      keys: dice.between(1, 5),
      limit: dice.between(30, 120),
    },
    work: { retry: { attempts: dice.between(2, 30), base: '50ms', cap: '1s' } },
  };
}

function workNode(id: string, isLeaf: boolean, dice: Dice): NodeDocument {
  const calls = isLeaf || dice.chance(0.25);
  const type = isLeaf ? 'call' : calls ? 'call-on' : 'pass';
  return {
    id,
    type,
    ...(calls ? { config: { url: `http://${id}` } } : {}),
    work: {
      workers: dice.between(1, 8),
      timeout: dice.oneOf(['400ms', '2s', '10s']),
      retry: { attempts: dice.oneOf([2, 5, 40]), base: '50ms', cap: dice.oneOf(['500ms', '3s']) },
      ...(calls && dice.chance(0.5)
        ? { breaker: { minimumCalls: dice.between(3, 10), window: '5s', openFor: '1s', probes: dice.between(1, 3) } }
        : {}),
      ...(dice.chance(0.2) ? { rateLimit: dice.oneOf(['20/s', '100/s']) } : {}),
    },
  };
}

function randomWire(parts: {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly log: Log;
  readonly dice: Dice;
}): WireDocument {
  const { dice, id, from, to } = parts;
  switch (dice.oneOf(['push', 'push', 'pull', 'pull', 'event'] as const)) {
    case 'push':
      return {
        id,
        from,
        to,
        delivery: 'push',
        call: {
          concurrency: dice.between(1, 8),
          line: dice.between(0, 20),
          deadline: dice.oneOf(['3s', '30s']),
          overflow: dice.oneOf(['reject', 'wait']),
        },
      };
    case 'pull':
      return {
        id,
        from,
        to,
        delivery: 'pull',
        queue: { capacity: dice.oneOf([1, 2, 5, 20, 500]), ...(dice.chance(0.6) ? { orderBy: 'key' } : {}) },
      };
    case 'event':
      return { id, from, to, delivery: 'event', log: parts.log };
  }
}

/** Further settings of work, now and then. */
function furthered(node: NodeDocument, features: Dice): NodeDocument {
  const { work } = node;
  const isSource = node.id === node.type;
  const max = typeof work?.workers === 'number' ? work.workers : 8;
  const retry = features.oneOf([
    undefined,
    undefined,
    { backoff: 'constant' as const },
    { schedule: ['100ms', '300ms', '1s'] },
    { rules: [{ status: ['429'], action: 'retry' as const, after: '300ms' }] },
  ]);
  return {
    ...node,
    work: {
      ...work,
      ...(features.chance(0.2) ? { workers: { min: 1, max, depth: 3, age: '1s' } } : {}),
      ...(retry === undefined ? {} : { retry: { ...work?.retry, ...retry } }),
      ...(!isSource && features.chance(0.15) ? { concurrency: { limit: features.between(1, 3), key: 'key' } } : {}),
      ...(!isSource && features.chance(0.1) ? { throttle: { limit: 10, period: '1s', key: 'key' } } : {}),
      ...(!isSource && work?.rateLimit !== undefined && features.chance(0.5)
        ? { rateLimit: { rate: '20/s', key: 'key', burst: 3 } }
        : {}),
    },
  };
}

/** Further settings of wires, now and then. */
function furtheredWire(wire: WireDocument, features: Dice): WireDocument {
  const [share, hasVisibility, expires] = [features.chance(0.2), features.chance(0.3), features.chance(0.1)];
  const visibility = hasVisibility ? { visibility: features.oneOf(['1s', '5s']) } : {};
  if (wire.delivery === 'event') return { ...wire, log: { ...wire.log, ...visibility } };
  if (wire.delivery === 'push') {
    const sheds = features.chance(0.2);
    return sheds ? { ...wire, call: { ...wire.call, overflow: 'shed', priority: 'n' } } : wire;
  }
  return {
    ...wire,
    queue: {
      ...wire.queue,
      ...visibility,
      ...(wire.queue?.orderBy === undefined && share ? { priority: 'n' } : {}),
      ...(share ? { lowWater: 0.5 } : {}),
      ...(expires ? { expireAfter: '3s' } : {}),
    },
  };
}
