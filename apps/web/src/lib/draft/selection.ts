export interface Selection {
  readonly nodeIds: readonly string[];
  readonly wireIds: readonly string[];
}

export const NOTHING_SELECTED: Selection = { nodeIds: [], wireIds: [] };

export type CanvasElement = { readonly kind: 'node' | 'wire'; readonly id: string };
