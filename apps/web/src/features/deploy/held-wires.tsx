import { Alert, List } from '@mantine/core';
import type { PipelineDocument } from '@sluice/pipeline';
import { useQuery } from '@tanstack/react-query';
import { versionQuery } from '../../lib/api/queries.ts';
import { useCanvas, useCatalogue } from '../../lib/draft/canvas-context.tsx';
import type { CanvasState } from '../../lib/draft/canvas-store.ts';
import { counted } from '../../lib/format/compact-number.ts';
import { wireName } from './waiting-fate.ts';

interface HeldWiresProps {
  readonly held: readonly { readonly wireId: string; readonly messages: number }[];
  readonly pipelineId: string;
  /** The version that knows the wires by their ends. */
  readonly deployedVersion: number | null;
}

const selectDocument = (state: CanvasState): PipelineDocument => state.document;

/** Wires that the new version lacks, or has as push, and that are not empty. */
export function HeldWires({ held, pipelineId, deployedVersion }: HeldWiresProps) {
  const catalogue = useCatalogue();
  const draft = useCanvas(selectDocument);
  const { data: running } = useQuery({
    ...versionQuery(pipelineId, deployedVersion ?? 0),
    enabled: deployedVersion !== null,
  });
  return (
    <Alert color="yellow" role="alert" title="Wires that go or turn to push still hold messages">
      Nothing was deployed. Let these wires run empty first, or move what they hold to dead letter.
      <List size="sm" mt={6} style={{ overflowWrap: 'anywhere' }}>
        {held.map((wire) => (
          <List.Item key={wire.wireId}>
            {counted(wire.messages, 'message')} on {wireName(wire.wireId, [running?.document, draft], catalogue)}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
