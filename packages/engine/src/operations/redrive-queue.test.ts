import { describe, expect, it } from 'vitest';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import { hasRedriveQueue, placeOfRedriveQueue, redrivePlaces, redriveQueue } from './redrive-queue.ts';

const wires = [
  { id: 'w1', to: 'ship', delivery: 'event' },
  { id: 'w2', to: 'ship', delivery: 'pull' },
];
const source = (id: string, sourceStyle: string) => ({
  id,
  definition: { role: 'source', sourceStyle },
  outputs: new Map([
    ['out', wires],
    ['loose', []],
  ]),
});
const plan = {
  wires,
  nodes: new Map<string, unknown>([
    ['tick', source('tick', 'pull')],
    ['bus', source('bus', 'event')],
    ['in', source('in', 'push')],
    ['ship', { id: 'ship', definition: { role: 'sink' }, outputs: new Map() }],
  ]),
} as unknown as PipelinePlan;

describe('a queue of redriven messages', () => {
  it('tells its place', () => {
    for (const place of ['w1', 'tick.out']) expect(placeOfRedriveQueue('p', redriveQueue('p', place))).toBe(place);
    expect(placeOfRedriveQueue('p', 'p/w1')).toBeUndefined();
    expect(placeOfRedriveQueue('p', 'p2/w1.redrive')).toBeUndefined();
  });

  it('belongs to an event wire, a subscriber, or a port of a source that we drive', () => {
    for (const place of ['w1', 'bus', 'tick.out']) expect(hasRedriveQueue(plan, place)).toBe(true);
    expect(redrivePlaces(plan)).toEqual([
      { place: 'w1', nodeId: 'ship' },
      { place: 'tick.out', nodeId: 'tick' },
      { place: 'bus', nodeId: 'bus' },
    ]);
  });

  it('belongs to nothing else', () => {
    for (const place of ['w2', 'w3', 'tick', 'tick.loose', 'tick.other', 'bus.out', 'in', 'in.out', 'ship', 'gone.out'])
      expect(hasRedriveQueue(plan, place)).toBe(false);
  });
});
