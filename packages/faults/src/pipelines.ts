import type { Log, PipelineDocument, Queue, Work } from '@sluice/pipeline';
import { aPipeline, httpRequest, webhook } from '@sluice/testkit';
import { HOOK_SECRET } from './lane.ts';

/** Failed deliveries come again soon, so that scenarios do not spend their time waiting. */
const SOON: Work['retry'] = { attempts: 20, base: '20ms', cap: '200ms', budget: 1 };
/** The same, for sinks that are down for long. */
export const SOON_FOR_EVER: Work['retry'] = { ...SOON, attempts: 1_000 };
/** Address of the webhook within its pipeline. */
export const HOOK_PATH = 'entry';

function signedHook(name: string) {
  return webhook('in', {
    path: HOOK_PATH,
    key: 'key',
    verify: { scheme: 'standard-webhooks', secret: { $secret: `${HOOK_SECRET}-${name}` } },
  });
}

function sink(url: string, work: Work = {}) {
  return httpRequest('book', url, {
    workers: 8,
    timeout: '10s',
    retry: SOON,
    breaker: { minimumCalls: 1_000 },
    ...work,
  });
}

/** A signed webhook, a queue that keeps each key in order, and a sink. */
export function overPull(
  name: string,
  o: { readonly sinkUrl: string; readonly work?: Work; readonly queue?: Queue },
): PipelineDocument {
  return aPipeline(name)
    .with(signedHook(name))
    .pulledBy(sink(o.sinkUrl, o.work), { orderBy: 'key', ...o.queue })
    .document();
}

/** A signed webhook, a log by key, and a sink. */
export function overEvents(
  name: string,
  o: { readonly sinkUrl: string; readonly work?: Work; readonly log?: Log },
): PipelineDocument {
  return aPipeline(name)
    .with(signedHook(name))
    .readBy(sink(o.sinkUrl, o.work), { orderBy: 'key', ...o.log })
    .document();
}

/** A poller of a feed, a queue in order, and a sink. */
export function overPoll(
  name: string,
  o: { readonly sinkUrl: string; readonly feedUrl: string; readonly work?: Work },
): PipelineDocument {
  return aPipeline(name)
    .with({
      id: 'in',
      type: 'http-poll',
      config: {
        url: o.feedUrl,
        id: 'id',
        key: 'key',
        cursor: { kind: 'max', value: 'seq', param: 'after', initial: -1 },
        interval: '100ms',
        minInterval: '100ms',
        maxInterval: '200ms',
      },
      work: { retry: SOON, breaker: { minimumCalls: 1_000 } },
    })
    .pulledBy(sink(o.sinkUrl, o.work), { orderBy: 'key' })
    .document();
}
