import { type Json, type NodeBehaviour, type Output, WorkError } from '@sluice/engine';
import { durationMs, ratePerSecond } from '@sluice/pipeline';
import { z } from 'zod';
import type { Expression } from '../expression/compile-expression.ts';
import { createSeededRandom } from '../expression/seeded-random.ts';
import { prepareOptionalExpression } from '../prepare/prepare-expression.ts';
import { readConfig } from '../prepare/read-config.ts';
import { toKey } from '../prepare/to-key.ts';
import { isoTime } from '../time/iso-time.ts';
import { constantRate, nextArrival, spikingRate, type RateCurve } from './arrivals.ts';
import { type GeneratorConfig, generatorConfig, generatorDefinition } from './definition.ts';

/** Messages of one poll: bounds how long payload expressions hold the thread. */
const BATCH_MAX = 500;
/** Rates above ten per second come in batches, one per tick. */
const TICK_MS = 100;
/** What is made up for after a stop or a full wire. */
const CATCH_UP_MS = 1_000;
/** How often to look again where nothing is left to do. */
const IDLE_MS = 3_600_000;

/** All that the next message depends on, so a repeated poll gives the same ones. */
const cursorSchema = z.object({
  /** Start of the traffic, ms since 1970. */
  origin: z.number(),
  /** Drawn once; all later chance comes from it and the number of the message. */
  seed: z.number(),
  /** Messages made so far. */
  made: z.number(),
  /** When the next one is due, ms since 1970, with fractions. */
  due: z.number(),
});
type Cursor = z.output<typeof cursorSchema>;

/** Makes traffic. The cursor alone decides when messages come and what is in them. */
export const generatorBehaviour: NodeBehaviour = {
  type: generatorDefinition.type,
  async prepare(context) {
    const config = readConfig(generatorConfig, context);
    const payloadExpression = await prepareOptionalExpression(context.connectors, 'payload', config.payload);
    const keyExpression = await prepareOptionalExpression(context.connectors, 'key', config.key);
    const curve = curveOf(config);
    const limit = config.limit ?? Number.POSITIVE_INFINITY;
    const isRandom = config.pattern === 'poisson';

    const begin = (now: number, seed: number): Cursor => {
      const fresh = { origin: now, seed, made: 0, due: now };
      return isRandom ? advance(fresh) : fresh;
    };
    /** The cursor with the due time of the message after the one that is due. */
    const advance = (cursor: Cursor): Cursor => {
      const amount = isRandom ? -Math.log(1 - createSeededRandom(`${cursor.seed}/gap/${cursor.made}`).next()) : 1;
      return { ...cursor, due: cursor.origin + nextArrival(curve, cursor.due - cursor.origin, amount) };
    };

    return {
      kind: 'pull-source',
      firstPollMs: () => 0,

      async poll({ now, random, cursor: stored, signal }) {
        const time = now();
        let cursor = stored === undefined ? begin(time, Math.floor(random.next() * 2 ** 32)) : readCursor(stored);
        if (cursor.due < time - CATCH_UP_MS) cursor = { ...cursor, due: time - CATCH_UP_MS };

        const outputs: Output[] = [];
        while (cursor.due <= time && cursor.made < limit && outputs.length < BATCH_MAX && !signal.cancelled) {
          outputs.push(await makeMessage(cursor, { payloadExpression, keyExpression }));
          cursor = advance({ ...cursor, made: cursor.made + 1 });
        }

        const isOver = cursor.made >= limit;
        const waitMs = outputs.length === BATCH_MAX ? 0 : Math.max(TICK_MS, Math.ceil(cursor.due - time));
        return {
          outputs,
          ...(outputs.length > 0 || stored === undefined ? { cursor } : {}),
          idBase: `${context.pipelineId}/${context.nodeId}`,
          nextPollMs: isOver ? IDLE_MS : Math.min(waitMs, IDLE_MS),
        };
      },
    };
  },
};

function curveOf(config: GeneratorConfig): RateCurve {
  const perSecond = ratePerSecond(config.rate);
  if (config.pattern !== 'spike') return constantRate(perSecond);
  return spikingRate({
    perSecond,
    peakPerSecond: ratePerSecond(config.peak ?? config.rate),
    everyMs: durationMs(config.spikeEvery),
    lastsMs: durationMs(config.spikeFor),
  });
}

function readCursor(stored: Json): Cursor {
  const result = cursorSchema.safeParse(stored);
  if (result.success) return result.data;
  throw new WorkError('The stored position is not one of a generator', { code: 'cursor-invalid', retryable: false });
}

async function makeMessage(
  cursor: Cursor,
  expressions: {
    readonly payloadExpression: Expression | undefined;
    readonly keyExpression: Expression | undefined;
  },
): Promise<Output> {
  const { payloadExpression, keyExpression } = expressions;
  const identity = `${cursor.origin}-${cursor.seed}/${cursor.made}`;
  const due = Math.floor(cursor.due);
  const scope = { now: () => due, random: createSeededRandom(identity) };
  const facts = { seq: cursor.made + 1, at: isoTime(due) };
  const payload =
    payloadExpression === undefined
      ? { ...facts, id: `${cursor.origin.toString(36)}-${cursor.made + 1}` }
      : await payloadExpression.evaluate(facts, scope);
  if (payload === undefined) {
    throw new WorkError('payload: the expression gives nothing', { code: 'expression-empty', retryable: false });
  }
  const key = keyExpression === undefined ? undefined : toKey('key', await keyExpression.evaluate(payload, scope));
  return { payload, identity, eventTime: due, ...(key === undefined ? {} : { key }) };
}
