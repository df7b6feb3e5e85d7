/** Something wrong or doubtful in a document, said so that its author can put it right. */
export interface Finding {
  /** `error` stands in the way of a deployment. */
  readonly severity: 'error' | 'warning' | 'info';
  /** Constant, kebab-case, such as `unknown-field`, `wire-to-source`, `config-invalid`. */
  readonly code: string;
  /** What is wrong, naming the thing, and the way out. One or two sentences. */
  readonly message: string;
  /** JSON Pointer into the document (RFC 6901), such as `/nodes/2/config/url`. The empty string is the whole document. */
  readonly path: string;
  /** The node or wire it is about, for selection on the canvas. */
  readonly element?: { readonly kind: 'node' | 'wire'; readonly id: string };
  /** Nearest thing that would be right, such as a field's name. */
  readonly suggestion?: string;
  /** Line and column (from 1) in the text that was parsed. */
  readonly at?: { readonly line: number; readonly column: number };
}
