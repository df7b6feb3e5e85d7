import type { Overview, Tick, WatchAnswer } from '@sluice/protocol';
import { describe, expect, test } from 'vitest';
import { createLiveConnection, type LiveConnectionOptions } from './live-connection.ts';
import { aSnapshot, aTick, aWire } from './samples-for-tests.ts';

/** A socket held by the test: what was asked, and what is told. */
function openSocket() {
  const handlers = new Map<string, (payload?: unknown) => void>();
  const asked: { readonly event: string; readonly answer: ((answer: WatchAnswer | Overview) => void) | undefined }[] =
    [];
  const socket = {
    connected: false,
    on: (event: string, handler: (payload?: unknown) => void) => handlers.set(event, handler),
    emit: (event: string, ...rest: unknown[]) =>
      asked.push({ event, answer: rest.at(-1) as (answer: WatchAnswer | Overview) => void }),
    close: () => undefined,
  };
  const tell = (event: string, payload?: unknown): void => handlers.get(event)?.(payload);
  const connect = (): void => {
    socket.connected = true;
    tell('connect');
  };
  const lose = (): void => {
    socket.connected = false;
    tell('disconnect');
  };
  // The parts of a socket that the connection uses are all here; the rest of its interface is not.
  return { asked, tell, connect, lose, options: { socket, now: () => 7 } as unknown as LiveConnectionOptions };
}

const tick = (seq: number, depth: number): Tick => aTick(seq, { wires: [aWire('w1', { depth })] });

describe('watching a pipeline', () => {
  test('begins with a snapshot and goes on with ticks', () => {
    const { asked, tell, connect, options } = openSocket();
    const live = createLiveConnection(options);
    live.watch('p1');
    connect();
    asked[0]?.answer?.({ ok: true, snapshot: aSnapshot({ seq: 1, wires: [aWire('w1')] }) });
    tell('tick', tick(2, 5));
    expect(live.samples('p1').get('wire:w1')?.depth).toBe(5);
    expect(live.state.getState()).toEqual({ kind: 'connected', heardAt: 7, resyncs: 0 });
  });

  test('a tick that overtakes the snapshot is no gap', () => {
    const { asked, tell, connect, options } = openSocket();
    const live = createLiveConnection(options);
    live.watch('p1');
    connect();
    tell('tick', tick(9, 5));
    asked[0]?.answer?.({ ok: true, snapshot: aSnapshot({ seq: 9, wires: [aWire('w1', { depth: 5 })] }) });
    expect(live.state.getState().resyncs).toBe(0);
    expect(asked.filter((question) => question.event === 'watch')).toHaveLength(1);
  });

  test('a gap asks for a new snapshot and says so', () => {
    const { asked, tell, connect, options } = openSocket();
    const live = createLiveConnection(options);
    live.watch('p1');
    connect();
    asked[0]?.answer?.({ ok: true, snapshot: aSnapshot({ seq: 1, wires: [aWire('w1')] }) });
    tell('tick', tick(4, 5));
    expect(asked.filter((question) => question.event === 'watch')).toHaveLength(2);
    expect(live.state.getState().resyncs).toBe(1);
    asked.at(-1)?.answer?.({ ok: true, snapshot: aSnapshot({ seq: 4, wires: [aWire('w1', { depth: 5 })] }) });
    tell('tick', tick(5, 6));
    expect(live.samples('p1').get('wire:w1')?.depth).toBe(6);
  });

  test('the first tick of another version takes a snapshot, and nothing was missed', () => {
    const { asked, tell, connect, options } = openSocket();
    const live = createLiveConnection(options);
    live.watch('p1');
    connect();
    asked[0]?.answer?.({ ok: true, snapshot: { seq: 1, status: null } });
    tell('tick', tick(7, 5));
    asked.at(-1)?.answer?.({ ok: true, snapshot: aSnapshot({ seq: 7, wires: [aWire('w1', { depth: 5 })] }) });
    expect(live.samples('p1').get('wire:w1')?.depth).toBe(5);
    expect(live.state.getState().resyncs).toBe(0);
  });

  test('what is not a tick is treated as a gap', () => {
    const { asked, tell, connect, options } = openSocket();
    const live = createLiveConnection(options);
    live.watch('p1');
    connect();
    asked[0]?.answer?.({ ok: true, snapshot: aSnapshot({ seq: 1 }) });
    tell('tick', { seq: 'two' });
    expect(live.state.getState().resyncs).toBe(1);
  });

  test('losing the server is told, and coming back takes everything anew', () => {
    const { asked, connect, lose, options } = openSocket();
    const live = createLiveConnection(options);
    live.watch('p1');
    live.watchOverview();
    connect();
    lose();
    expect(live.state.getState()).toMatchObject({ kind: 'lost', heardAt: 7 });
    connect();
    expect(asked.map((question) => question.event)).toEqual(['watch', 'watch-overview', 'watch', 'watch-overview']);
    expect(live.state.getState()).toMatchObject({ kind: 'connected', resyncs: 1 });
  });

  test('the last one to leave ends the watch', () => {
    const { asked, connect, options } = openSocket();
    const live = createLiveConnection(options);
    connect();
    const [first, second] = [live.watch('p1'), live.watch('p1')];
    first();
    expect(asked.map((question) => question.event)).toEqual(['watch']);
    second();
    expect(asked.map((question) => question.event)).toEqual(['watch', 'unwatch']);
  });
});
