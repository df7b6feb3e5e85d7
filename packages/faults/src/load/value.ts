/** What travels in the tests: made by a sender, the same however often it is sent, recognised at the sink. */
export interface Value {
  /** `<key>-<seq>` */
  readonly id: string;
  readonly key: string;
  /** Place within its key, from 0. */
  readonly seq: number;
}

export function valueOf(key: string, seq: number): Value {
  return { id: `${key}-${seq}`, key, seq };
}

export function readValue(body: string): Value {
  const { id, key, seq } = JSON.parse(body) as Value; // our own senders wrote it
  return { id, key, seq };
}
