import type { DeadLetter } from '@sluice/engine';
import type { RoughRun, Sent } from './rough-run.ts';
import { wrongsOfHistory } from './check-history.ts';
import type { Leaf } from './random-pipeline.ts';

/** What a run did wrong, in words; empty when it kept every promise. */
export async function wrongsOf(run: RoughRun): Promise<readonly string[]> {
  const letters = await run.world.store.deadLetters({ pipelineId: 'simulated', limit: 100_000 });
  const figures = await run.world.engine.figures('simulated');
  const wrongs: string[] = run.world.failures.map(
    (failure) => `failed: ${failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)}`,
  );
  for (const text of run.overfull.slice(0, 3)) wrongs.push(`bounds: ${text}`);
  for (const id of run.refusedAfterwards.slice(0, 3)) wrongs.push(`liveness: nobody takes ${id}`);
  if (figures === undefined) return [...wrongs, 'liveness: not deployed'];
  for (const wire of Object.values(figures.wires)) {
    if (wire.depth > 0)
      wrongs.push(`liveness: ${wire.depth} still on ${wire.id} (${wire.inFlight} in flight, ${wire.delayed} delayed)`);
    if (wire.inFlight > 0) wrongs.push(`leases: ${wire.inFlight} never ended on ${wire.id}`);
  }
  for (const node of Object.values(figures.nodes))
    if (node.busy > 0) wrongs.push(`leases: ${node.busy} workers of ${node.id} still busy`);
  wrongs.push(...(await wrongsOfHistory(run.history.entries, run.world.store)));
  wrongs.push(...lost(run, letters), ...lostAtHealing(run, letters), ...outOfOrder(run), ...settledAgain(run));
  return wrongs;
}

const payloadId = (letter: DeadLetter): string => (letter.message.payload as { readonly id: string }).id;

/** A dead letter stands for everything behind the wire that it was taken from; without a wire, behind the source. */
const standsFor = (letter: DeadLetter, leaf: Leaf): boolean =>
  letter.wireId === undefined || leaf.way.includes(letter.wireId);

function lost(run: RoughRun, letters: readonly DeadLetter[]): readonly string[] {
  return missing(
    run,
    letters,
    { accepted: run.accepted, effects: run.world.target.effects.length, stored: new Map() },
    'lost',
  );
}

function lostAtHealing(run: RoughRun, letters: readonly DeadLetter[]): readonly string[] {
  return missing(run, letters, run.atHealing, 'lost at healing');
}

function missing(
  run: RoughRun,
  letters: readonly DeadLetter[],
  at: {
    readonly accepted: readonly Sent[];
    readonly effects: number;
    readonly stored: ReadonlyMap<string, ReadonlySet<string>>;
  },
  word: string,
): readonly string[] {
  const wrongs: string[] = [];
  const delivered = new Set(run.world.target.effects.slice(0, at.effects).map((call) => `${call.url} ${call.body.id}`));
  for (const leaf of run.pipeline.leaves) {
    const dead = new Set(letters.filter((letter) => standsFor(letter, leaf)).map(payloadId));
    for (const { id } of at.accepted) {
      if (delivered.has(`${leaf.url} ${id}`) || dead.has(id)) continue;
      if (leaf.way.some((wireId) => at.stored.get(wireId)?.has(id) === true)) continue;
      wrongs.push(`${word}: ${id} never reached ${leaf.id} (way ${leaf.way.join(' ')})`);
      if (wrongs.length === 3) return wrongs;
    }
  }
  return wrongs;
}

/** Messages of one key come to an ordered end in the order in which they were sent; repeats do not count. */
function outOfOrder(run: RoughRun): readonly string[] {
  const wrongs: string[] = [];
  for (const leaf of run.pipeline.leaves) {
    if (!leaf.ordered) continue;
    const last = new Map<string, number>();
    const seen = new Set<string>();
    for (const { url, body, at } of run.world.target.effects) {
      if (url !== leaf.url || seen.has(body.id)) continue;
      seen.add(body.id);
      const before = last.get(body.key) ?? -1;
      if (body.n < before)
        wrongs.push(`order: ${body.id} of ${body.key} reached ${leaf.id} after number ${before}, at ${at}`);
      last.set(body.key, Math.max(before, body.n));
    }
  }
  return wrongs.slice(0, 3);
}

/** What was settled is never handed out again. */
function settledAgain(run: RoughRun): readonly string[] {
  const settled = new Set<string>();
  const wrongs: string[] = [];
  for (const { kind, elementId, messageId, at } of run.world.trace) {
    const name = `${elementId} ${messageId}`;
    if (kind === 'committed' || kind === 'dead-lettered') settled.add(name);
    if (kind === 'leased' && settled.has(name)) wrongs.push(`settled again: ${messageId} on ${elementId} at ${at}`);
  }
  return wrongs.slice(0, 3);
}
