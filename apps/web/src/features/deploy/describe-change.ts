import type { DocumentChange, FieldChange, NodeCatalogue, PipelineDocument } from '@sluice/pipeline';
import { titleOf } from '../../lib/draft/node-title.ts';
import { wireSource } from '../../lib/draft/wire-ends.ts';

export interface ChangeWords {
  readonly sign: 'added' | 'removed' | 'changed';
  readonly what: string;
  readonly fields: readonly string[];
}

interface Sides {
  readonly before: PipelineDocument;
  readonly after: PipelineDocument;
  readonly catalogue: NodeCatalogue;
}

/** A change in the words of the canvas; `null` for what does not matter to a deployment (places of nodes). */
export function describeChange(change: DocumentChange, sides: Sides): ChangeWords | null {
  switch (change.kind) {
    case 'node-added':
      return { sign: 'added', what: titleOf(sides.after, change.id, sides.catalogue), fields: [] };
    case 'node-removed':
      return { sign: 'removed', what: titleOf(sides.before, change.id, sides.catalogue), fields: [] };
    case 'node-changed':
      return {
        sign: 'changed',
        what: titleOf(sides.after, change.id, sides.catalogue),
        fields: change.fields.map(fieldWords),
      };
    case 'wire-added':
      return { sign: 'added', what: wireWords(sides.after, change.id, sides.catalogue), fields: [] };
    case 'wire-removed':
      return { sign: 'removed', what: wireWords(sides.before, change.id, sides.catalogue), fields: [] };
    case 'wire-changed':
      return {
        sign: 'changed',
        what: wireWords(sides.after, change.id, sides.catalogue),
        fields: change.fields.map(fieldWords),
      };
    case 'document-changed':
      return { sign: 'changed', what: 'Pipeline', fields: change.fields.map(fieldWords) };
    case 'node-moved':
      return null;
  }
}

function fieldWords({ path, before, after }: FieldChange): string {
  const name = path.slice(1).replaceAll('/', ' › ');
  if (before === undefined) return `${name}: ${valueWords(after)} (new)`;
  if (after === undefined) return `${name}: ${valueWords(before)} removed`;
  return `${name}: ${valueWords(before)} → ${valueWords(after)}`;
}

function valueWords(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function wireWords(document: PipelineDocument, id: string, catalogue: NodeCatalogue): string {
  const wire = document.wires.find((candidate) => candidate.id === id);
  if (wire === undefined) return `Wire ${id}`;
  return `${wire.delivery} wire ${titleOf(document, wireSource(wire).nodeId, catalogue)} → ${titleOf(document, wire.to, catalogue)}`;
}
