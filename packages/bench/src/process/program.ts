/** What a program of the bench offers to the process that started it. Arguments and answers cross as JSON. */
export type Calls = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

/** Opened once in its own process; closed when the process that started it lets go. */
export interface ServedProgram {
  readonly calls: Calls;
  close(): Promise<void>;
}

export type OpenProgram = (setting: never) => Promise<ServedProgram>;

/** From the starter to the program. */
export interface Request {
  readonly id: number;
  readonly call: string;
  readonly argument: unknown;
}

/** From the program to its starter. The first, with id 0, tells whether it could be opened. */
export type Answer =
  | { readonly id: number; readonly kind: 'answer'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'absent'; readonly reason: string }
  | { readonly id: number; readonly kind: 'failed'; readonly text: string };
