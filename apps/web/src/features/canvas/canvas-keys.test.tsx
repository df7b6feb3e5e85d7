import { MantineProvider } from '@mantine/core';
import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { PipelineDocument } from '@sluice/pipeline';
import { fireEvent, render, screen } from '@testing-library/react';
import { ReactFlowProvider } from '@xyflow/react';
import { describe, expect, test, vi } from 'vitest';
import { CanvasProvider } from '../../lib/draft/canvas-context.tsx';
import { createCanvasStore } from '../../lib/draft/canvas-store.ts';
import { Canvas } from './canvas.tsx';
import { CanvasSlotsProvider } from './canvas-slots.tsx';

const ORDERS: PipelineDocument = {
  format: 'sluice/v1',
  name: 'orders',
  nodes: [
    { id: 'in', type: 'webhook', config: { path: 'placed' } },
    { id: 'price', type: 'transform', config: { expression: '$' } },
    { id: 'ship', type: 'log', title: 'Ship', config: {} },
  ],
  wires: [{ id: 'w1', from: 'in', to: 'price', delivery: 'push' }],
  layout: { in: [0, 0], price: [340, 0], ship: [680, 0] },
};

const SLOTS = { NodeFigures: () => null, WireFigures: () => null, WireFlow: () => null };

function openCanvas() {
  const store = createCanvasStore({ catalogue: nodeCatalogue, document: ORDERS });
  const onOpenInspector = vi.fn<() => void>();
  const onShowKeys = vi.fn<() => void>();
  render(
    <MantineProvider>
      <CanvasProvider store={store} catalogue={nodeCatalogue}>
        <CanvasSlotsProvider slots={SLOTS}>
          <ReactFlowProvider>
            <Canvas findings={[]} onOpenInspector={onOpenInspector} onShowKeys={onShowKeys} />
          </ReactFlowProvider>
        </CanvasSlotsProvider>
      </CanvasProvider>
    </MantineProvider>,
  );
  // jsdom does no layout and React Flow keeps unmeasured nodes hidden, so roles do not find them.
  const node = (name: RegExp) => screen.getByLabelText(name, { selector: '[role="group"]' });
  const press = (element: Element, key: string, more: object = {}) => fireEvent.keyDown(element, { key, ...more });
  return { store, node, press, onOpenInspector, onShowKeys };
}

describe('the canvas by keyboard', () => {
  test('nodes say what they are and how they are wired', () => {
    const { node } = openCanvas();
    expect(node(/^Webhook, source, 1 wire out$/)).toBeTruthy();
    expect(node(/^Transform, step, 1 wire in, 0 wires out$/)).toBeTruthy();
    expect(node(/^Ship, sink, 0 wires in$/)).toBeTruthy();
  });

  test('it is one tab stop', () => {
    const { node } = openCanvas();
    expect([/^Webhook/, /^Transform/, /^Ship/].map((name) => node(name).tabIndex)).toEqual([0, -1, -1]);
  });

  test('arrows go along the wires and take the tab stop with them', () => {
    const { store, node, press } = openCanvas();
    press(node(/^Webhook/), 'ArrowRight');
    expect(store.getState().selection.nodeIds).toEqual(['price']);
    expect([/^Webhook/, /^Transform/, /^Ship/].map((name) => node(name).tabIndex)).toEqual([-1, 0, -1]);
  });

  test('Ctrl and arrows move a node, as one step', () => {
    const { store, node, press } = openCanvas();
    press(node(/^Webhook/), 'ArrowDown', { ctrlKey: true });
    press(node(/^Webhook/), 'ArrowDown', { ctrlKey: true });
    expect(store.getState().document.layout?.['in']).toEqual([0, 40]);
    store.getState().undo();
    expect(store.getState().document.layout?.['in']).toEqual([0, 0]);
  });

  test('C, an arrow and Enter draw a wire; a digit says how it delivers', () => {
    const { store, node, press } = openCanvas();
    press(node(/^Webhook/), 'c');
    expect(store.getState().announcement).toBe('Connect Webhook to Ship by pull, 1 of 1');
    press(node(/^Webhook/), '3');
    press(node(/^Webhook/), 'Enter');
    expect(store.getState().document.wires.at(-1)).toMatchObject({ from: 'in', to: 'ship', delivery: 'event' });
    expect(store.getState().announcement).toBe('Connected Webhook to Ship by event');
  });

  test('Escape cancels connecting', () => {
    const { store, node, press } = openCanvas();
    press(node(/^Webhook/), 'C');
    press(node(/^Webhook/), 'Escape');
    press(node(/^Webhook/), 'Enter');
    expect(store.getState().document.wires).toHaveLength(1);
  });

  test('P goes on to the port for what a node gives up', () => {
    const { store, node, press } = openCanvas();
    press(node(/^Transform/), 'c');
    expect(store.getState().announcement).toBe('Connect Transform to Ship by pull, 1 of 1');
    press(node(/^Transform/), 'p');
    expect(store.getState().announcement).toBe('Connect Transform port failed to Ship by pull, 1 of 1');
    press(node(/^Transform/), 'Enter');
    expect(store.getState().document.wires.at(-1)).toMatchObject({ from: 'price.failed', to: 'ship' });
  });

  test('from a node that ends the pipeline only what it gives up can be wired on', () => {
    const { store, node, press } = openCanvas();
    press(node(/^Ship/), 'c');
    expect(store.getState().announcement).toBe('Connect Ship port failed to Transform by pull, 1 of 1');
    press(node(/^Ship/), 'Enter');
    expect(store.getState().document.wires.at(-1)).toMatchObject({ from: 'ship.failed', to: 'price' });
  });

  test('Delete removes a node and goes to its neighbour', () => {
    const { store, node, press } = openCanvas();
    press(node(/^Transform/), 'Delete');
    expect(store.getState().document.nodes.map((one) => one.id)).toEqual(['in', 'ship']);
    expect(store.getState().selection.nodeIds).toEqual(['in']);
  });

  test('Enter opens the settings, ? the keys', () => {
    const { node, press, onOpenInspector, onShowKeys } = openCanvas();
    press(node(/^Webhook/), 'Enter');
    expect(onOpenInspector).toHaveBeenCalledTimes(1);
    press(node(/^Webhook/), '?');
    expect(onShowKeys).toHaveBeenCalledTimes(1);
  });

  test('slash offers nodes and Enter adds the first that matches', async () => {
    const { store, node, press } = openCanvas();
    press(node(/^Transform/), '/');
    const search = await screen.findByLabelText('Search nodes to add');
    fireEvent.change(search, { target: { value: 'filt' } });
    await screen.findByText('Filter', { selector: '[role="option"] *' });
    fireEvent.keyDown(search, { key: 'Enter', code: 'Enter' });
    expect(store.getState().document.nodes.at(-1)).toMatchObject({ type: 'filter' });
    expect(store.getState().document.layout?.[store.getState().document.nodes.at(-1)?.id ?? '']?.[0]).toBe(680);
  });
});
