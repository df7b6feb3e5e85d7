import type { Finding, NodeCatalogue, PipelineDocument } from '@sluice/pipeline';
import { nodeTitle, titleOf } from './node-title.ts';
import { wireSource } from './wire-ends.ts';

/** A finding's message with the names that are on screen in place of paths and ids. */
export function findingText(finding: Finding, document: PipelineDocument, catalogue: NodeCatalogue): string {
  const titles = new Map(document.nodes.map((node) => [node.id, nodeTitle(node, catalogue)]));
  return finding.message
    .replace(/`nodes\[(\d+)\](?:\.([^`]*))?`/g, (_all, index: string, rest: string | undefined) => {
      const node = document.nodes[Number(index)];
      return named(node === undefined ? 'a node' : nodeTitle(node, catalogue), rest);
    })
    .replace(/`wires\[(\d+)\](?:\.([^`]*))?`/g, (_all, index: string, rest: string | undefined) => {
      const wire = document.wires[Number(index)];
      const name =
        wire === undefined
          ? 'a wire'
          : `The wire ${titleOf(document, wireSource(wire).nodeId, catalogue)} → ${titleOf(document, wire.to, catalogue)}`;
      return named(name, rest);
    })
    .replace(/"([A-Za-z][\w-]*)"/g, (quoted, id: string) => (titles.has(id) ? `"${titles.get(id)}"` : quoted))
    .replace(/[A-Za-z][\w-]*(?: → [A-Za-z][\w-]*)+/g, (way) =>
      way.split(' → ').every((id) => titles.has(id))
        ? way
            .split(' → ')
            .map((id) => titles.get(id))
            .join(' → ')
        : way,
    );
}

/** As `findingText`, for showing right under the field that it is about. */
export function fieldFindingText(finding: Finding, document: PipelineDocument, catalogue: NodeCatalogue): string {
  const text = findingText(
    { ...finding, message: finding.message.replace(/^`(?:nodes|wires)\[\d+\][^`]*`/, 'This') },
    document,
    catalogue,
  );
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function named(name: string, rest: string | undefined): string {
  return rest === undefined || rest === '' ? name : `${name} (${rest.replace(/^config\.|^work\./, '')})`;
}
