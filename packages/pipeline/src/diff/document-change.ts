import type { NodeDocument, WireDocument } from '../document.ts';

/** One thing that differs between two documents, for people who are about to deploy or restore. */
export type DocumentChange =
  | { readonly kind: 'node-added'; readonly id: string; readonly after: NodeDocument }
  | { readonly kind: 'node-removed'; readonly id: string; readonly before: NodeDocument }
  | { readonly kind: 'node-changed'; readonly id: string; readonly fields: readonly FieldChange[] }
  | { readonly kind: 'wire-added'; readonly id: string; readonly after: WireDocument }
  | { readonly kind: 'wire-removed'; readonly id: string; readonly before: WireDocument }
  | { readonly kind: 'wire-changed'; readonly id: string; readonly fields: readonly FieldChange[] }
  /** Fields of the document itself: name, title, notes, objectives, limits, trace. */
  | { readonly kind: 'document-changed'; readonly fields: readonly FieldChange[] }
  /** Only the place on the canvas differs. Absent: placed by the canvas. */
  | { readonly kind: 'node-moved'; readonly id: string; readonly before?: Position; readonly after?: Position };

export type Position = readonly [x: number, y: number];

export interface FieldChange {
  /** JSON Pointer from the node, wire or document: `/work/retry/attempts`. */
  readonly path: string;
  /** Absent: the field was added. */
  readonly before?: unknown;
  /** Absent: the field was removed. */
  readonly after?: unknown;
}
