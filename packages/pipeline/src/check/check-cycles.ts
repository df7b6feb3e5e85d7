import type { Finding } from '../finding.ts';
import { wireFinding, type CheckContext, type PlacedWire } from './check-context.ts';

/**
 * A ring of push wires can never be answered: each node would wait for the one after it. A ring that passes a queue or
 * a log works, but lets messages go round for ever unless a node on it drops them.
 */
export function checkCycles({ wires, nodes }: CheckContext): readonly Finding[] {
  const usable = wires.filter(
    ({ wire, fromNode }) => nodes.has(fromNode) && nodes.has(wire.to) && wire.to !== fromNode,
  );
  const pushRings = findRings(usable.filter(({ wire }) => wire.delivery === 'push'));
  const pushed = new Set(pushRings.flat().map(({ fromNode }) => fromNode));
  const others = findRings(usable).filter((ring) => ring.some(({ fromNode }) => !pushed.has(fromNode)));
  return [
    ...pushRings.map((ring) =>
      ringFinding(
        ring,
        'error',
        'push-cycle',
        'each call would wait for itself and time out. Make one of these wires pull or event, or take it out.',
      ),
    ),
    ...others.map((ring) =>
      ringFinding(
        ring,
        'warning',
        'cycle',
        'a message may go round for ever. Make sure that a node on the way filters messages out.',
      ),
    ),
  ];
}

/** Of a longer ring the beginning and the end are told. */
const NODES_SHOWN = 12;

function ringFinding(
  ring: readonly PlacedWire[],
  severity: Finding['severity'],
  code: string,
  consequence: string,
): Finding {
  const [start] = ring;
  if (start === undefined) throw new RangeError('a ring has at least two wires');
  const nodes = ring.map(({ fromNode }) => fromNode);
  const shown = nodes.length <= NODES_SHOWN ? nodes : [...nodes.slice(0, NODES_SHOWN - 1), '…', ...nodes.slice(-1)];
  const way = [...shown, start.fromNode].join(' → ');
  const push = severity === 'error' ? ' over push wires alone' : '';
  return wireFinding(start, [], {
    severity,
    code,
    message: `The wires ${way} lead back to where they start${push}: ${consequence}`,
  });
}

/** One ring, as a way of wires, for every group of nodes that reach each other. */
function findRings(wires: readonly PlacedWire[]): readonly (readonly PlacedWire[])[] {
  const outgoing = new Map<string, PlacedWire[]>();
  for (const wire of wires) outgoing.set(wire.fromNode, [...(outgoing.get(wire.fromNode) ?? []), wire]);
  return strongGroups(outgoing).map((group) => shortestRing(group, outgoing));
}

/** The shortest way from the group's first node back to itself, inside the group. Breadth first. */
function shortestRing(
  group: ReadonlySet<string>,
  outgoing: ReadonlyMap<string, readonly PlacedWire[]>,
): readonly PlacedWire[] {
  const [start = ''] = group;
  const ways: (readonly PlacedWire[])[] = [[]];
  const seen = new Set<string>();
  for (const way of ways) {
    const here = way.at(-1)?.wire.to ?? start;
    for (const wire of outgoing.get(here) ?? []) {
      if (wire.wire.to === start) return [...way, wire];
      if (!group.has(wire.wire.to) || seen.has(wire.wire.to)) continue;
      seen.add(wire.wire.to);
      ways.push([...way, wire]);
    }
  }
  return [];
}

/** Strongly connected components of two nodes or more (Tarjan's algorithm, with its own stack). */
function strongGroups(outgoing: ReadonlyMap<string, readonly PlacedWire[]>): readonly ReadonlySet<string>[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const groups: ReadonlySet<string>[] = [];
  const lower = (node: string, value: number): void => {
    lowest.set(node, Math.min(lowest.get(node) ?? value, value));
  };
  const enter = (node: string): { readonly node: string; next: number } => {
    order.set(node, order.size);
    lower(node, order.size - 1);
    open.push(node);
    isOpen.add(node);
    return { node, next: 0 };
  };
  for (const root of outgoing.keys()) {
    if (order.has(root)) continue;
    const calls = [enter(root)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const wire = outgoing.get(call.node)?.[call.next];
      call.next += 1;
      if (wire !== undefined) {
        const { to } = wire.wire;
        if (!order.has(to)) calls.push(enter(to));
        else if (isOpen.has(to)) lower(call.node, order.get(to) ?? 0);
        continue;
      }
      calls.pop();
      const caller = calls.at(-1);
      if (caller !== undefined) lower(caller.node, lowest.get(call.node) ?? 0);
      if (lowest.get(call.node) !== order.get(call.node)) continue;
      const group = open.splice(open.indexOf(call.node));
      for (const node of group) isOpen.delete(node);
      if (group.length > 1) groups.push(new Set(group));
    }
  }
  return groups;
}
