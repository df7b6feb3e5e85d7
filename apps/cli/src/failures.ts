/** Called wrongly: exit status 2. */
export class UsageError extends Error {
  readonly code = 'usage';
  /** Whose help shows the right way. */
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.name = 'UsageError';
    this.command = command;
  }
}

/** Called rightly, but it could not be done: exit status 1. The message says what happened and what to do. */
export class CommandFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailure';
    this.code = code;
  }
}
