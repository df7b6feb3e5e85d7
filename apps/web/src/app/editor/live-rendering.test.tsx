import { MantineProvider } from '@mantine/core';
import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { Delivery, PipelineDocument } from '@sluice/pipeline';
import { act, render, screen } from '@testing-library/react';
import { ReactFlowProvider } from '@xyflow/react';
import { Profiler } from 'react';
import { expect, test } from 'vitest';
import { Canvas } from '../../features/canvas/canvas.tsx';
import { CanvasSlotsProvider, type CanvasSlots } from '../../features/canvas/canvas-slots.tsx';
import { NodeFigures } from '../../features/live/node-figures.tsx';
import { WireFigures } from '../../features/live/wire-figures.tsx';
import { CanvasProvider } from '../../lib/draft/canvas-context.tsx';
import { createCanvasStore } from '../../lib/draft/canvas-store.ts';
import { SamplesProvider } from '../../lib/live/live-context.tsx';
import { createSampleStore } from '../../lib/live/sample-store.ts';
import { aNode, aSnapshot, aTick } from '../../lib/live/samples-for-tests.ts';

const NODES = 30;
const CHANGED = 10;
const TICKS = 20;
const NO_FINDINGS = [] as const;

const document: PipelineDocument = {
  format: 'sluice/v1',
  name: 'wide',
  nodes: Array.from({ length: NODES }, (_, index) => ({
    id: `n${index}`,
    type: index === 0 ? 'generator' : 'transform',
    title: `Node ${index}`,
  })),
  wires: Array.from({ length: NODES - 1 }, (_, index) => ({
    id: `w${index}`,
    from: `n${index}`,
    to: `n${index + 1}`,
    delivery: 'pull' as const,
  })),
};

function openCanvas() {
  const store = createCanvasStore({ catalogue: nodeCatalogue, document });
  const samples = createSampleStore();
  const counts = { cards: 0, figures: 0 };
  // Renders with the card around it, and reads no sample itself: it counts renders of cards.
  function CountedNodeFigures({ nodeId, live }: { readonly nodeId: string; readonly live: boolean }) {
    counts.cards += 1;
    return (
      <Profiler id={nodeId} onRender={() => (counts.figures += 1)}>
        <NodeFigures nodeId={nodeId} live={live} />
      </Profiler>
    );
  }
  const slots: CanvasSlots = {
    NodeFigures: CountedNodeFigures,
    WireFlow: () => null,
    WireFigures: (props: { readonly wireId: string; readonly delivery: Delivery }) => <WireFigures {...props} />,
  };
  render(
    <MantineProvider>
      <CanvasProvider store={store} catalogue={nodeCatalogue}>
        <SamplesProvider samples={samples}>
          <CanvasSlotsProvider slots={slots}>
            <ReactFlowProvider>
              <Canvas findings={NO_FINDINGS} onOpenInspector={() => undefined} onShowKeys={() => undefined} />
            </ReactFlowProvider>
          </CanvasSlotsProvider>
        </SamplesProvider>
      </CanvasProvider>
    </MantineProvider>,
  );
  return { store, samples, counts };
}

test('a tick renders the figures that changed, and no node', () => {
  const { store, samples, counts } = openCanvas();
  act(() => samples.reset(aSnapshot({ seq: 0, nodes: document.nodes.map((node) => aNode(node.id)) })));
  const before = { ...counts };
  const draft = store.getState().document;
  for (let tick = 1; tick <= TICKS; tick += 1) {
    act(() => {
      samples.apply(
        aTick(tick, { nodes: document.nodes.slice(0, CHANGED).map((node) => aNode(node.id, { rateOut: 100 + tick })) }),
      );
    });
  }
  expect(counts.figures - before.figures).toBe(CHANGED * TICKS);
  expect(counts.cards - before.cards).toBe(0);
  expect(store.getState().document).toBe(draft);
  expect(screen.getAllByText('120/s')).toHaveLength(CHANGED);
  expect(screen.getAllByText('1/s')).toHaveLength(NODES - CHANGED);
});

test('editing one node renders that node', () => {
  const { store, counts } = openCanvas();
  const before = counts.cards;
  act(() => store.getState().editNode('n3', (node) => ({ ...node, title: 'Third' }), { label: 'Change title' }));
  expect(counts.cards - before).toBe(1);
  expect(screen.getByText('Third')).toBeTruthy();
});

test('choosing another node renders the two that look different', () => {
  const { store, counts } = openCanvas();
  act(() => store.getState().select({ nodeIds: ['n1'] }));
  const before = counts.cards;
  act(() => store.getState().select({ nodeIds: ['n2'] }));
  expect(counts.cards - before).toBe(2);
});
