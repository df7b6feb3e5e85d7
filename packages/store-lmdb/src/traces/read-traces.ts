import {
  type Clock,
  HOP_KINDS,
  type HopKind,
  type TraceBounds,
  type TraceFound,
  type TraceHop,
  TRACE_HOPS_MAX,
  type TraceStore,
} from '@sluice/engine';
import { correlationHash, foundKey, hopKey, kindKey, NUMBER_MAX, numberOf, shortHash, traceKey } from './trace-keys.ts';
import type { TraceFile } from './write-traces.ts';

/** Entries are read in chunks of this many. */
const CHUNK = 100;
/** A search looks at this many entries, then lets others have a turn. */
const SLICE = 500;

/** An entry that leads to a hop. */
interface Entry {
  readonly number: number;
  readonly value: string;
}

/** Reads what is on disk, the newest first, and leaves out what is too old. */
export class TraceReader {
  readonly #file: TraceFile;
  readonly #bounds: TraceBounds;
  readonly #clock: Clock;
  readonly #assertOpen: () => void;

  /** `assertOpen` throws when the file has been closed between two turns. */
  constructor(
    file: TraceFile,
    options: { readonly bounds: TraceBounds; readonly clock: Clock; readonly assertOpen: () => void },
  ) {
    this.#file = file;
    this.#bounds = options.bounds;
    this.#clock = options.clock;
    this.#assertOpen = options.assertOpen;
  }

  trace(correlationId: string): readonly TraceHop[] {
    const correlation = correlationHash(correlationId);
    const hops: TraceHop[] = [];
    for (const { number } of this.#newestFirst((at) => traceKey(correlation, at))) {
      const hop = this.#hopAt(number);
      if (hop?.correlationId === correlationId) hops.push(hop);
      if (hops.length === TRACE_HOPS_MAX) break;
    }
    return hops.toReversed().sort((a, b) => a.at - b.at);
  }

  find({ pipelineId, key, limit }: Parameters<TraceStore['find']>[0]): Promise<readonly TraceFound[]> {
    const pipeline = shortHash(pipelineId);
    const found = shortHash(key);
    return this.#search(pipelineId, {
      limit,
      sources: [this.#newestFirst((number) => foundKey(pipeline, found, number))],
      isMeant: (hop) => hop.messageId === key || hop.correlationId === key || hop.keys?.includes(key) === true,
    });
  }

  newest({ pipelineId, limit, kinds }: Parameters<TraceStore['newest']>[0]): Promise<readonly TraceFound[]> {
    const pipeline = shortHash(pipelineId);
    const wanted = new Set<HopKind>(kinds ?? HOP_KINDS);
    return this.#search(pipelineId, {
      limit,
      sources: [...wanted].map((kind) => this.#newestFirst((number) => kindKey(pipeline, kind, number))),
      isMeant: () => true,
    });
  }

  /** Numbers of hops of a pipeline that were recorded before one; some of them, or none when there are none. */
  ofPipeline(pipelineId: string, before: number): readonly number[] {
    const pipeline = shortHash(pipelineId);
    const entries = HOP_KINDS.flatMap((kind) => this.#chunk((number) => kindKey(pipeline, kind, number), before));
    return entries.map(({ number }) => number).filter((number) => this.#hopAt(number)?.pipelineId === pipelineId);
  }

  /** The traces to which the sources lead, each once, with the hop that was recorded last of it in the pipeline. */
  async #search(
    pipelineId: string,
    search: {
      readonly limit: number;
      /** Values are hashes of correlation ids. */
      readonly sources: readonly Iterator<Entry, undefined>[];
      readonly isMeant: (hop: TraceHop) => boolean;
    },
  ): Promise<readonly TraceFound[]> {
    const horizon = this.#clock.now() - this.#bounds.ageMs;
    const found = new Map<string, TraceFound>();
    let looked = 0;
    for (const { number, value: correlation } of newestOf(search.sources)) {
      if (found.size >= search.limit) break;
      looked += 1;
      if (looked % SLICE === 0) {
        await new Promise(setImmediate);
        this.#assertOpen();
      }
      if (found.has(correlation)) continue;
      const hop = this.#hopAt(number);
      if (hop === undefined || hop.pipelineId !== pipelineId || hop.at < horizon || !search.isMeant(hop)) continue;
      const { correlationId } = hop;
      found.set(correlation, { correlationId, last: this.#lastOf(correlationId, pipelineId) ?? hop });
    }
    return [...found.values()];
  }

  #lastOf(correlationId: string, pipelineId: string): TraceHop | undefined {
    const correlation = correlationHash(correlationId);
    const pipeline = shortHash(pipelineId).toString('hex');
    for (const { number, value } of this.#newestFirst((at) => traceKey(correlation, at))) {
      if (value !== pipeline) continue;
      const hop = this.#hopAt(number);
      if (hop?.correlationId === correlationId && hop.pipelineId === pipelineId) return hop;
    }
    return undefined;
  }

  *#newestFirst(keyOf: (number: number) => Buffer): Generator<Entry, undefined> {
    for (let from = NUMBER_MAX; ;) {
      const chunk = this.#chunk(keyOf, from);
      yield* chunk;
      const last = chunk.at(-1);
      if (last === undefined || chunk.length < CHUNK) return undefined;
      from = last.number;
    }
  }

  #chunk(keyOf: (number: number) => Buffer, before: number): readonly Entry[] {
    const range = { start: keyOf(before), end: keyOf(0), exclusiveStart: true, reverse: true, limit: CHUNK };
    return [...this.#file.databases.index.getRange(range)].map(({ key, value }) => ({ number: numberOf(key), value }));
  }

  /** Absent when it is too old, or was trimmed. */
  #hopAt(number: number): TraceHop | undefined {
    const text = this.#file.databases.hops.get(hopKey(number));
    if (text === undefined) return undefined;
    const hop = JSON.parse(text) as TraceHop; // written by the writer
    return hop.at < this.#clock.now() - this.#bounds.ageMs ? undefined : hop;
  }
}

/** The entries of all sources, the newest first. */
function* newestOf(sources: readonly Iterator<Entry, undefined>[]): Generator<Entry> {
  const heads = sources.map((source) => ({ source, next: source.next() }));
  for (;;) {
    let newest: (typeof heads)[number] | undefined;
    for (const head of heads)
      if (head.next.value !== undefined && head.next.value.number > (newest?.next.value?.number ?? -1)) newest = head;
    if (newest?.next.value === undefined) return;
    yield newest.next.value;
    newest.next = newest.source.next();
  }
}
