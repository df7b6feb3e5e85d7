import type { NodeCatalogue, NodeDefinition } from '@sluice/pipeline';
import { catalogue } from './catalogue.ts';

export type { NodeType } from './catalogue.ts';
export { CONTROLS, type Control, type FieldHints } from './config/field-hints.ts';

const definitions: ReadonlyMap<string, NodeDefinition> = new Map(Object.entries(catalogue));

/** What every node type is. Safe in a browser; `types` is in palette order. */
export const nodeCatalogue: NodeCatalogue = {
  find: (type) => definitions.get(type),
  types: [...definitions.keys()],
};
