/** Makes ids for what enters from outside. What is made inside is derived (see `outputId`). */
export interface IdSource {
  /** A new id, unique for ever, at most 64 characters of [A-Za-z0-9_-]. */
  next(): string;
}
