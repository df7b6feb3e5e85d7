import type { PipelineDocument, WireDocument } from '@sluice/pipeline';

/** Node and port that a wire leaves from; `port` is `null` for the node's first port. */
export function wireSource(wire: Pick<WireDocument, 'from'>): {
  readonly nodeId: string;
  readonly port: string | null;
} {
  const dot = wire.from.indexOf('.');
  return dot < 0
    ? { nodeId: wire.from, port: null }
    : { nodeId: wire.from.slice(0, dot), port: wire.from.slice(dot + 1) };
}

/** `from` of a wire document; the first port goes without its name. */
export function fromOf(nodeId: string, port: string | null): string {
  return port === null ? nodeId : `${nodeId}.${port}`;
}

export function wiresInto(document: PipelineDocument, nodeId: string): readonly WireDocument[] {
  return document.wires.filter((wire) => wire.to === nodeId);
}

export function wiresOutOf(document: PipelineDocument, nodeId: string): readonly WireDocument[] {
  return document.wires.filter((wire) => wireSource(wire).nodeId === nodeId);
}
