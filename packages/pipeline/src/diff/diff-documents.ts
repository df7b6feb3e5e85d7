import type { NodeDocument, PipelineDocument, WireDocument } from '../document.ts';
import { diffFields } from './diff-fields.ts';
import type { DocumentChange, Position } from './document-change.ts';

/**
 * What differs, in reading order: the document, nodes, wires, then places on the canvas. Elements are followed by id;
 * their order in the lists means nothing and is not compared. Pure data, for dialogs and histories.
 */
export function diffDocuments(before: PipelineDocument, after: PipelineDocument): readonly DocumentChange[] {
  return [
    ...diffHead(before, after),
    ...diffElements<'node', NodeDocument>('node', before.nodes, after.nodes),
    ...diffElements<'wire', WireDocument>('wire', before.wires, after.wires),
    ...diffLayout(before, after),
  ];
}

/**
 * True when both run alike and read alike: only the layout may differ. Titles and notes count as differences, so that a
 * version keeps the words it was published with.
 */
export function sameBehaviour(left: PipelineDocument, right: PipelineDocument): boolean {
  return diffDocuments(left, right).every((change) => change.kind === 'node-moved');
}

function diffHead(before: PipelineDocument, after: PipelineDocument): readonly DocumentChange[] {
  const fields = diffFields(head(before), head(after));
  return fields.length === 0 ? [] : [{ kind: 'document-changed', fields }];
}

function head(document: PipelineDocument): Readonly<Record<string, unknown>> {
  const { format, name, title, notes, objectives, limits, trace } = document;
  return { format, name, title, notes, objectives, limits, trace };
}

type ElementChange<Kind extends 'node' | 'wire', Element> =
  | { readonly kind: `${Kind}-added`; readonly id: string; readonly after: Element }
  | { readonly kind: `${Kind}-removed`; readonly id: string; readonly before: Element }
  | { readonly kind: `${Kind}-changed`; readonly id: string; readonly fields: ReturnType<typeof diffFields> };

function diffElements<Kind extends 'node' | 'wire', Element extends { readonly id: string }>(
  kind: Kind,
  before: readonly Element[],
  after: readonly Element[],
): readonly ElementChange<Kind, Element>[] {
  const earlier = new Map(before.map((element) => [element.id, element]));
  const later = new Map(after.map((element) => [element.id, element]));
  const removed = [...earlier.values()]
    .filter(({ id }) => !later.has(id))
    .map((element) => ({ kind: `${kind}-removed` as const, id: element.id, before: element }));
  const rest = [...later.values()].flatMap((element): readonly ElementChange<Kind, Element>[] => {
    const { id } = element;
    const old = earlier.get(id);
    if (old === undefined) return [{ kind: `${kind}-added`, id, after: element }];
    const fields = diffFields(old, element);
    return fields.length === 0 ? [] : [{ kind: `${kind}-changed`, id, fields }];
  });
  return [...removed, ...rest];
}

function diffLayout(before: PipelineDocument, after: PipelineDocument): readonly DocumentChange[] {
  const kept = after.nodes.filter((node) => before.nodes.some((old) => old.id === node.id));
  return kept.flatMap(({ id }): readonly DocumentChange[] => {
    const from = positionOf(before, id);
    const to = positionOf(after, id);
    if (from?.[0] === to?.[0] && from?.[1] === to?.[1]) return [];
    return [
      {
        kind: 'node-moved',
        id,
        ...(from === undefined ? {} : { before: from }),
        ...(to === undefined ? {} : { after: to }),
      },
    ];
  });
}

function positionOf({ layout }: PipelineDocument, id: string): Position | undefined {
  return layout !== undefined && Object.hasOwn(layout, id) ? layout[id] : undefined;
}
