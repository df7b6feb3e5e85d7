import type { NodeCatalogue, NodeDefinition } from '@sluice/pipeline';

/** Definitions whose words hold every word of the search; those whose title begins with it come first. */
export function findNodeTypes(catalogue: NodeCatalogue, search: string): readonly NodeDefinition[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const first = words[0] ?? '';
  return catalogue.types
    .flatMap((type) => catalogue.find(type) ?? [])
    .filter((definition) => {
      const text =
        `${definition.title} ${definition.type} ${definition.group} ${definition.role} ${definition.summary}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .toSorted(
      (a, b) => Number(b.title.toLowerCase().startsWith(first)) - Number(a.title.toLowerCase().startsWith(first)),
    );
}
