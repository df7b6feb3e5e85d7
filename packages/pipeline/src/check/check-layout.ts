import type { Finding } from '../finding.ts';
import { jsonPointer, spokenPath } from '../findings/json-path.ts';
import type { CheckContext } from './check-context.ts';

export function checkLayout({ document, nodes }: CheckContext): readonly Finding[] {
  return Object.keys(document.layout ?? {})
    .filter((id) => !nodes.has(id))
    .map((id) => ({
      severity: 'warning',
      code: 'layout-without-node',
      message: `\`${spokenPath(['layout', id])}\` places a node that is not in the document. Remove it.`,
      path: jsonPointer(['layout', id]),
    }));
}
