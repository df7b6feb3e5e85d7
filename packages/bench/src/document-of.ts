import { type NodeDocument, parseDocument, type PipelineDocument, type WireDocument } from '@sluice/pipeline';

/** A document of the bench's own. The test kit has a builder, and a library of generators that no measured process should hold. */
export function documentOf(
  name: string,
  nodes: readonly NodeDocument[],
  wires: readonly WireDocument[],
): PipelineDocument {
  const parsed = parseDocument({ format: 'sluice/v1', name, nodes, wires });
  if (parsed.ok) return parsed.document;
  throw new RangeError(parsed.findings.map(({ message }) => message).join('\n'));
}

/** A pull wire that holds more than any benchmark puts on it: what is measured is never back-pressure. */
export function endlessPull(from: string, to: string): WireDocument {
  return {
    id: `${from}-${to}`,
    from,
    to,
    delivery: 'pull',
    queue: { capacity: 1_000_000_000, capacityBytes: 1_000_000_000_000 },
  };
}

/** A push wire that refuses no call: those that the consumer's workers have no hand for wait in line. */
export function patientPush(from: string, to: string): WireDocument {
  return { id: `${from}-${to}`, from, to, delivery: 'push', call: { line: 100_000 } };
}
