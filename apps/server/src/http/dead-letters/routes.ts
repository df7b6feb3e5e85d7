import type { DeadLetterFilter, EditResult, RedriveRefusal, StartRedriveResult } from '@sluice/engine';
import { ratePerSecond } from '@sluice/pipeline';
import type { DeadLetterQuery } from '@sluice/protocol';
import type { ServerParts } from '../../use-cases/server-parts.ts';
import { type Answer, EMPTY, json } from '../answer.ts';
import { refuse, type Refusal } from '../errors-to-http.ts';
import type { HandlersOf } from '../handlers.ts';
import { notInOperation, pipelineNotFound } from '../not-found.ts';
import { presentDeadLetter, presentForecast, presentRedrive } from './present-dead-letters.ts';

type DeadLetterEndpoint =
  | 'listDeadLetters'
  | 'readDeadLetter'
  | 'editDeadLetter'
  | 'discardDeadLetter'
  | 'discardDeadLetters'
  | 'redriveDeadLetter'
  | 'startRedrive'
  | 'listRedrives'
  | 'readRedrive'
  | 'cancelRedrive';

export function deadLetterRoutes(parts: ServerParts): HandlersOf<DeadLetterEndpoint> {
  const { engine } = parts;
  /** Does what is asked of a pipeline that is there. */
  const of = async (idOrName: string, act: (pipelineId: string) => Promise<Answer> | Answer): Promise<Answer> => {
    const pipeline = await parts.database.pipelines.find(idOrName);
    return pipeline === undefined ? pipelineNotFound(idOrName) : act(pipeline.id);
  };
  /** Everything that changes something is written down. */
  const note = (text: string, data: Readonly<Record<string, unknown>>): void =>
    parts.log({ level: 'info', text, data });

  return {
    listDeadLetters: ({ params, query }) =>
      of(params.id, async (pipelineId) => {
        const { limit, before, groupBy, ...wanted } = query;
        const filter = filterOf(pipelineId, wanted);
        const [counts, discarded] = await Promise.all([
          parts.store.deadLetterCounts(pipelineId),
          engine.discarded(pipelineId),
        ]);
        if (groupBy === undefined) {
          const letters = await engine.deadLetters({ ...filter, limit, ...(before === undefined ? {} : { before }) });
          return json({ deadLetters: letters.map(presentDeadLetter), counts, discarded });
        }
        if (before !== undefined)
          return refuse(
            'request-invalid',
            'groupBy answers whole groups and has no pages. Leave before out, or groupBy.',
          );
        const groups = await engine.deadLetterGroups(filter);
        return json({ deadLetters: [], groups: groups.slice(0, limit), counts, discarded });
      }),

    readDeadLetter: ({ params }) =>
      of(params.id, async (pipelineId) => {
        const letter = await engine.deadLetter({ pipelineId, letterId: params.letter });
        return letter === undefined ? letterNotFound(params.letter) : json(presentDeadLetter(letter));
      }),

    editDeadLetter: ({ params, body }) =>
      of(params.id, async (pipelineId) => {
        const { payload, key, headers } = body;
        const result = await engine.editDeadLetter({
          pipelineId,
          letterId: params.letter,
          ...(payload === undefined ? {} : { payload }),
          ...(key === undefined ? {} : { key }),
          ...(headers === undefined ? {} : { headers }),
        });
        if (!result.ok) return editRefused(result, params.letter);
        note(`Dead letter "${params.letter}" was edited`, {
          pipelineId,
          letterId: params.letter,
          messageId: result.letter.message.id,
          changed: Object.keys(body),
        });
        return json(presentDeadLetter(result.letter));
      }),

    discardDeadLetter: ({ params }) =>
      of(params.id, async (pipelineId) => {
        const wasThere = await engine.discardDeadLetter({ pipelineId, letterId: params.letter });
        if (!wasThere) return letterNotFound(params.letter);
        note(`Dead letter "${params.letter}" was discarded`, { pipelineId, letterId: params.letter });
        return EMPTY;
      }),

    discardDeadLetters: ({ params, query }) =>
      of(params.id, async (pipelineId) => {
        const { all, ...wanted } = query;
        if (all === undefined && Object.values(wanted).every((value) => value === undefined))
          return refuse(
            'filter-missing',
            'Nothing was discarded: say which dead letters, by nodeId, wireId, reason, cause, since or until, or ask for all=true.',
          );
        const result = await engine.discardDeadLetters(filterOf(pipelineId, wanted));
        note(`${result.discarded} dead letters were discarded`, { pipelineId, ...wanted, ...result });
        return json(result);
      }),

    redriveDeadLetter: ({ params, body }) =>
      of(params.id, async (pipelineId) => {
        const { letter: letterId } = params;
        const toWire = body?.toWire;
        const result = await engine.redriveDeadLetter({
          pipelineId,
          letterId,
          ...(toWire === undefined ? {} : { toWire }),
        });
        if (!result.ok) return redriveRefused(result, letterId);
        const { wireId, messageId } = result;
        note(`Dead letter "${letterId}" was redriven`, { pipelineId, letterId, wireId, messageId });
        return json({ wireId, messageId });
      }),

    startRedrive: ({ params, body }) =>
      of(params.id, async (pipelineId) => {
        const { filter, toWire, pace, canary, stopAtFailureRatio, dryRun } = body;
        const request = {
          filter: filterOf(pipelineId, filter),
          ...(toWire === undefined ? {} : { toWire }),
          ...(pace === undefined ? {} : { perSecond: ratePerSecond(pace) }),
          ...(canary === undefined ? {} : { canary }),
          ...(stopAtFailureRatio === undefined ? {} : { stopAtFailureRatio }),
        };
        if (dryRun) {
          const forecast = await engine.forecastRedrive(request);
          return forecast === undefined ? notInOperation() : json({ forecast: presentForecast(forecast) });
        }
        const result = await engine.startRedrive(request);
        if (!result.ok) return startRefused(result);
        note('A redrive began', { pipelineId, job: result.job.id, letters: result.job.letters, ...body });
        return json({ job: presentRedrive(result.job) }, { status: 202 });
      }),

    listRedrives: ({ params }) =>
      of(params.id, (pipelineId) => json({ jobs: engine.redrives(pipelineId).map(presentRedrive) })),

    readRedrive: ({ params }) =>
      of(params.id, (pipelineId) => {
        const job = engine.redrives(pipelineId).find(({ id }) => id === params.job);
        return job === undefined ? redriveNotFound(params.job) : json(presentRedrive(job));
      }),

    cancelRedrive: ({ params }) =>
      of(params.id, (pipelineId) => {
        const wasCancelled = engine.cancelRedrive({ pipelineId, jobId: params.job });
        const job = engine.redrives(pipelineId).find(({ id }) => id === params.job);
        if (job === undefined) return redriveNotFound(params.job);
        if (!wasCancelled) return refuse('redrive-over', 'The redrive has ended already; there is nothing to cancel.');
        note('A redrive was cancelled', { pipelineId, job: job.id, left: job.left, redriven: job.redriven });
        return json(presentRedrive(job));
      }),
  };
}

function filterOf(pipelineId: string, wanted: DeadLetterQuery): DeadLetterFilter {
  const { nodeId, wireId, reason, cause, since, until } = wanted;
  return {
    pipelineId,
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(wireId === undefined ? {} : { wireId }),
    ...(reason === undefined ? {} : { reason }),
    ...(cause === undefined ? {} : { cause }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

function letterNotFound(letterId: string): Refusal {
  return refuse(
    'dead-letter-not-found',
    `There is no dead letter "${letterId}". It may have been redriven or discarded meanwhile.`,
  );
}

function redriveNotFound(jobId: string): Refusal {
  return refuse(
    'redrive-not-found',
    `There is no redrive "${jobId}". Redrives are forgotten when the server restarts; what they had redriven stays redriven.`,
  );
}

function editRefused({ reason }: EditResult & { readonly ok: false }, letterId: string): Refusal {
  switch (reason) {
    case 'letter-gone':
      return letterNotFound(letterId);
    case 'full':
      return refuse(
        'dead-letters-full',
        'Nothing was changed: with this content the dead letters of the pipeline would hold more than they may. Redrive or discard some, or raise limits.deadLetterBytes.',
      );
  }
}

function redriveRefused(refused: RedriveRefusal, letterId: string): Refusal {
  switch (refused.reason) {
    case 'letter-gone':
      return letterNotFound(letterId);
    case 'not-deployed':
      return notInOperation();
    case 'wire-gone':
      return wireGone(refused.wireId);
    case 'full':
      return refuse(
        'wire-full',
        `The message stays a dead letter: wire "${refused.wireId}" has no room. Try again when it has, or start a redrive, which waits.`,
      );
    case 'too-large':
      return refuse(
        'too-large-for-wire',
        `The message stays a dead letter: it is larger than wire "${refused.wireId}" may ever hold. Edit it, or raise the wire's capacityBytes.`,
      );
  }
}

function startRefused(refused: StartRedriveResult & { readonly ok: false }): Refusal {
  switch (refused.reason) {
    case 'not-deployed':
      return notInOperation();
    case 'wire-gone':
      return wireGone(refused.wireId);
    case 'under-way':
      return refuse(
        'redrive-under-way',
        'Another redrive of this pipeline is at work. Wait for its end, or cancel it.',
        {
          members: { job: refused.jobId },
        },
      );
  }
}

function wireGone(wireId: string | undefined): Refusal {
  const which =
    wireId === undefined
      ? 'Nothing says which wire it came from'
      : `The deployed version has no pull or event wire "${wireId}"`;
  return refuse(
    'wire-gone',
    `${which}. The message stays a dead letter: redrive it to another wire with toWire, or discard it.`,
  );
}
