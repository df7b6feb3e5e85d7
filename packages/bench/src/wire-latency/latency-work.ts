import { setTimeout as sleep } from 'node:timers/promises';
import type { Measured } from '../benchmark.ts';
import { percentile } from '../percentile.ts';
import type { ServedProgram } from '../process/program.ts';
import { createTally } from '../tally.ts';

const PER_SECOND = 100;

/** A queue that hands over one message at a time, at its ease. */
export interface WireUnderTest {
  /** Puts the order event of this number in. */
  add(number: number): Promise<void>;
  /** To be called when the handler of a message begins. */
  onHandled: (number: number) => void;
  close(): Promise<void>;
}

/**
 * The program around it: 100 messages a second, one by one. The latency is from the call that adds a message to the
 * beginning of its handler, so what it takes to accept the message is part of it.
 */
export function latencyProgram(wire: WireUnderTest, seconds: number): ServedProgram {
  const measure = async (): Promise<Measured> => {
    const count = PER_SECOND * seconds;
    const tally = createTally(count);
    const addedAt = new Float64Array(count);
    const latencies: number[] = [];
    wire.onHandled = (number) => {
      latencies.push(performance.now() - (addedAt[number] ?? Number.NaN));
      tally.see(number);
    };
    const startedAt = performance.now();
    const added: Promise<void>[] = [];
    for (let number = 0; number < count; number += 1) {
      await sleep(Math.max(0, startedAt + (number * 1_000) / PER_SECOND - performance.now()));
      addedAt[number] = performance.now();
      added.push(wire.add(number));
    }
    await Promise.all([...added, tally.complete]);
    tally.assertExact();
    return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
  };
  return { calls: { measure }, close: () => wire.close() };
}
