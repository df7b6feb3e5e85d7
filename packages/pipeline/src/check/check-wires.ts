import type { Finding } from '../finding.ts';
import { nearest } from '../findings/nearest.ts';
import { FAILED_PORT, portsOf } from '../node-definition.ts';
import { wordList } from '../findings/plain-reason.ts';
import { wireFinding, type CheckContext, type PlacedWire } from './check-context.ts';

/** Both ends of every wire exist and may be wired so. */
export function checkWires(context: CheckContext): readonly Finding[] {
  return [
    ...context.wires.flatMap((wire) => [...checkFrom(wire, context), ...checkTo(wire, context)]),
    ...checkDoubled(context),
  ];
}

function checkFrom(placed: PlacedWire, { nodes }: CheckContext): readonly Finding[] {
  const { fromNode, fromPort } = placed;
  const source = nodes.get(fromNode);
  if (source === undefined) return [unknownNode(placed, 'from', fromNode, nodes.keys())];
  const { definition, node } = source;
  if (definition === undefined) return [];
  if (fromPort === undefined) {
    return [
      wireFinding(placed, ['from'], {
        code: 'wire-from-sink',
        message: `{path} is "${fromNode}", a ${definition.type} node, which puts nothing out. Start the wire at another node, or at \`${fromNode}.${FAILED_PORT.name}\` for what it gives up.`,
      }),
    ];
  }
  const ports = portsOf(definition, node.config).map((port) => port.name);
  if (ports.includes(fromPort)) return [];
  const suggestion = nearest(fromPort, ports);
  return [
    wireFinding(placed, ['from'], {
      code: 'unknown-port',
      message: `{path} names the port "${fromPort}", but ${definition.type} nodes have ${wordList(
        ports.map((port) => `\`${port}\``),
        'and',
      )}.${suggestion === undefined ? '' : ` Did you mean \`${fromNode}.${suggestion}\`?`}`,
      ...(suggestion === undefined ? {} : { suggestion: `${fromNode}.${suggestion}` }),
    }),
  ];
}

function checkTo(placed: PlacedWire, { nodes }: CheckContext): readonly Finding[] {
  const { to } = placed.wire;
  const target = nodes.get(to);
  if (target === undefined) return [unknownNode(placed, 'to', to, nodes.keys())];
  if (to === placed.fromNode) {
    return [
      wireFinding(placed, ['to'], {
        code: 'wire-to-self',
        message: `{path} is the node where the wire starts ("${to}"). A node cannot feed itself: wire it to another node.`,
      }),
    ];
  }
  if (target.definition?.coordinates === true && placed.wire.delivery === 'push') {
    return [
      wireFinding(placed, ['delivery'], {
        code: 'push-to-durable',
        message: `{path} is \`push\`, but ${target.definition.type} nodes keep their place over a crash, which needs a message on disk. Make the wire \`pull\` or \`event\`.`,
        suggestion: 'pull',
      }),
    ];
  }
  if (target.definition?.role !== 'source') return [];
  return [
    wireFinding(placed, ['to'], {
      code: 'wire-to-source',
      message: `{path} is "${to}", a ${target.definition.type} node: a source takes nothing in. Wire to a step or a sink.`,
    }),
  ];
}

function unknownNode(placed: PlacedWire, end: 'from' | 'to', id: string, known: Iterable<string>): Finding {
  const suggestion = nearest(id, known);
  const guess = suggestion === undefined ? 'Add the node or wire to another one.' : `Did you mean \`${suggestion}\`?`;
  return wireFinding(placed, [end], {
    code: 'unknown-node',
    message: `{path} names the node "${id}", which is not in the document. ${guess}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

/** Two wires between the same port and node are allowed, but every message then arrives twice. */
function checkDoubled({ wires, nodes }: CheckContext): readonly Finding[] {
  const first = new Map<string, string>();
  return wires.flatMap((placed) => {
    if (!nodes.has(placed.fromNode)) return [];
    const ends = `${placed.fromNode}.${placed.fromPort ?? ''} ${placed.wire.to}`;
    const other = first.get(ends);
    if (other === undefined) {
      first.set(ends, placed.wire.id);
      return [];
    }
    return [
      wireFinding(placed, [], {
        severity: 'warning',
        code: 'doubled-wire',
        message: `{path} runs between the same port and node as wire "${other}", so every message arrives there twice. Remove one of them.`,
      }),
    ];
  });
}
