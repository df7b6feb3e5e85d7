/** Where a command answers. Results go to `out`, everything else to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** One JSON value on one line of `out`. */
  json(value: unknown): void;
  /** The width of `out` where it is a screen that can be written over. */
  readonly screenColumns: number | undefined;
}

const DEFAULT_COLUMNS = 80;

export function createTerminal(streams: {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}): Terminal {
  const { stdout, stderr } = streams;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    json: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    get screenColumns() {
      // Some terminals do not know their width and say 0.
      return stdout.isTTY ? stdout.columns || DEFAULT_COLUMNS : undefined;
    },
  };
}
