import type { Finding } from '../finding.ts';
import { issuesToFindings } from '../findings/issues-to-findings.ts';
import { nearest } from '../findings/nearest.ts';
import { plainReason } from '../findings/plain-reason.ts';
import type { NodeCatalogue } from '../node-definition.ts';
import { nodeFinding, type CheckContext, type PlacedNode } from './check-context.ts';

/** Node types exist and accept their config; webhooks do not share an address. */
export function checkNodes(context: CheckContext, catalogue: NodeCatalogue): readonly Finding[] {
  const placed = context.document.nodes.map((node, index) => ({ node, index, definition: catalogue.find(node.type) }));
  return [
    ...placed.flatMap((one) => (one.definition === undefined ? [unknownType(one, catalogue)] : configFindings(one))),
    ...webhookPaths(placed),
  ];
}

function unknownType(placed: PlacedNode, catalogue: NodeCatalogue): Finding {
  const { type } = placed.node;
  const suggestion = nearest(type, catalogue.types);
  const way =
    suggestion === undefined
      ? `Known types: ${[...catalogue.types].sort().join(', ')}.`
      : `Did you mean \`${suggestion}\`?`;
  return nodeFinding(placed, ['type'], {
    code: 'unknown-node-type',
    message: `{path} is "${type}", which is not a type of node. ${way}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

function configFindings(placed: PlacedNode): readonly Finding[] {
  const { node, index, definition } = placed;
  if (definition === undefined) return [];
  const value = node.config ?? {};
  const parsed = definition.config.safeParse(value, { error: plainReason });
  if (parsed.success) return [];
  const findings = issuesToFindings(parsed.error.issues, {
    schema: definition.config,
    value,
    base: ['nodes', index, 'config'],
    owner: `the config of ${node.type}`,
    codeFor: () => 'config-invalid',
  });
  return findings.map((finding) => ({ ...finding, element: { kind: 'node' as const, id: node.id } }));
}

function webhookPaths(nodes: readonly PlacedNode[]): readonly Finding[] {
  const first = new Map<string, string>();
  return nodes.flatMap((placed) => {
    const path = placed.node.config?.['path'];
    if (placed.definition?.role !== 'source' || placed.definition.sourceStyle !== 'push' || typeof path !== 'string')
      return [];
    const address = path.replace(/^\/+|\/+$/g, '');
    const owner = first.get(address);
    if (owner === undefined) {
      first.set(address, placed.node.id);
      return [];
    }
    return [
      nodeFinding(placed, ['config', 'path'], {
        code: 'duplicate-webhook-path',
        message: `{path} is "${path}", which node "${owner}" serves already. Give each webhook of a pipeline a path of its own.`,
      }),
    ];
  });
}
