/** The only source of chance in the engine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}
