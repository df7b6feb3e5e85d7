import type { Finding } from '../finding.ts';
import { elementAt } from '../findings/element-at.ts';
import type { CheckContext } from './check-context.ts';

/** Ids name queues, positions and figures, so nodes and wires share one space of them. */
export function checkIds({ document }: CheckContext): readonly Finding[] {
  const first = new Map<string, string>();
  const findings: Finding[] = [];
  const elements = [
    ...document.nodes.map(({ id }, index) => ({ id, spoken: `nodes[${index}]`, path: `/nodes/${index}/id` })),
    ...document.wires.map(({ id }, index) => ({ id, spoken: `wires[${index}]`, path: `/wires/${index}/id` })),
  ];
  for (const { id, spoken, path } of elements) {
    const owner = first.get(id);
    if (owner === undefined) {
      first.set(id, spoken);
      continue;
    }
    findings.push({
      severity: 'error',
      code: 'duplicate-id',
      message: `\`${spoken}.id\` is "${id}", which is already the id of \`${owner}\`. Nodes and wires need ids of their own.`,
      path,
      ...elementAt(document, path),
    });
  }
  return findings;
}
