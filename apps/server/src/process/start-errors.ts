/** The address cannot be had: somebody else has it, or this user may not. */
export class AddressUnavailableError extends Error {
  override readonly name = 'AddressUnavailableError';
  readonly code = 'address-unavailable';
}

/** The data folder cannot be made or written. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
  readonly code = 'data-dir-not-writable';
}

/** One line for the person at the terminal. Errors of ours speak for themselves; others come with their kind. */
export function explainStartFailure(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

/** Whether the message says all there is to say. Anything else is a surprise and wants its stack in the log. */
export function isExplained(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[a-z]+(-[a-z]+)+$/.test(error.code)
  );
}
