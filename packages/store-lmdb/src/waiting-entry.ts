/** What the entry of a message that is ready or delayed says, so that a lease need not look elsewhere for it. */
export interface WaitingEntry {
  /** Hash of its FIFO group. */
  readonly group: Uint8Array | undefined;
  /** There is a record of earlier tries. */
  readonly isTried: boolean;
}

export function encodeWaitingEntry({ group, isTried }: WaitingEntry): string {
  return (isTried ? 't' : 'n') + (group === undefined ? '' : Buffer.from(group).toString('base64'));
}

export function decodeWaitingEntry(text: string): WaitingEntry {
  return { group: text.length === 1 ? undefined : Buffer.from(text.slice(1), 'base64'), isTried: text.startsWith('t') };
}
