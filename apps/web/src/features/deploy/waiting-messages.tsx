import { Alert, List } from '@mantine/core';
import type { PipelineDocument } from '@sluice/pipeline';
import { useCatalogue } from '../../lib/draft/canvas-context.tsx';
import { useWireDepths } from '../../lib/live/live-context.tsx';
import { fateWords, waitingFates, wireName } from './waiting-fate.ts';

/** How many messages wait now on wires that the draft changes or lacks. Nothing where none does. */
export function WaitingMessages({
  running,
  draft,
}: {
  readonly running: PipelineDocument;
  readonly draft: PipelineDocument;
}) {
  const catalogue = useCatalogue();
  const fates = waitingFates(running, draft);
  const depths = useWireDepths(fates.map(({ wireId }) => wireId));
  const waiting = fates.flatMap(({ wireId, fate }) => {
    const depth = depths.get(wireId) ?? 0;
    return depth === 0
      ? []
      : [{ wireId, fate, words: fateWords(fate, wireName(wireId, [running, draft], catalogue), depth) }];
  });
  if (waiting.length === 0) return null;
  const mustDrain = waiting.some(({ fate }) => fate === 'must-drain');
  return (
    <Alert color={mustDrain ? 'yellow' : 'gray'} mt={10} title="Messages that wait on changed wires">
      <List size="sm" spacing={2} aria-label="Waiting messages" style={{ overflowWrap: 'anywhere' }}>
        {waiting.map(({ wireId, words }) => (
          <List.Item key={wireId}>{words}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
