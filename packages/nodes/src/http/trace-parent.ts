/** The parts of a W3C `traceparent` header. */
export interface TraceParent {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly parentId: string;
  readonly sampled: boolean;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;

/** Reads a `traceparent`; `undefined` means that it must be ignored (W3C Trace Context, level 2). */
export function parseTraceParent(text: string): TraceParent | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, version, traceId, parentId, flags, rest] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string | undefined,
  ];
  if (version === 'ff') return undefined;
  // Later versions may go on after a further dash; this one may not.
  if (version === '00' && rest !== undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

export function formatTraceParent({ traceId, parentId, sampled }: TraceParent): string {
  return `00-${traceId}-${parentId}-${sampled ? '01' : '00'}`;
}

const HEX_ID = /^[0-9a-f]{32}$/;

/**
 * What a call about a message says of its trace. The hop's own span id comes from the message's id, so each try shows
 * as the same span; without a trace from outside, the correlation id names one.
 */
export function outgoingTraceParent(message: {
  readonly id: string;
  readonly correlationId: string;
  readonly traceparent?: string;
}): string | undefined {
  if (!HEX_ID.test(message.id)) return message.traceparent;
  const parentId = message.id.slice(0, 16);
  if (/^0+$/.test(parentId)) return message.traceparent;
  const caller = message.traceparent === undefined ? undefined : parseTraceParent(message.traceparent);
  if (caller !== undefined) return formatTraceParent({ ...caller, parentId });
  if (!HEX_ID.test(message.correlationId)) return undefined;
  return formatTraceParent({ traceId: message.correlationId, parentId, sampled: true });
}
