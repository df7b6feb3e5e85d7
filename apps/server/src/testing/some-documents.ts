import { aPipeline, webhook } from '@sluice/testkit';
import type { PipelineDocument } from '@sluice/pipeline';

let made = 0;

/** A name that no other document of this file has. */
export function aName(): string {
  made += 1;
  return `orders-${made}`;
}

/** A webhook `in`, and a log behind a pull wire `in-out`. */
export function intoALog(name = aName()): PipelineDocument {
  return aPipeline(name).with(webhook('in')).pulledBy({ id: 'out', type: 'log' }).document();
}

/** The log takes one message an hour, so everything after the first stays on the wire `in-out`. */
export function thatFillsUp(name = aName()): PipelineDocument {
  return aPipeline(name)
    .with(webhook('in'))
    .pulledBy({ id: 'out', type: 'log', work: { rateLimit: '1/h' } })
    .document();
}

/** Well built, but it names a node type that does not exist. */
export function thatCannotRun(name = aName()): PipelineDocument {
  return aPipeline(name).with(webhook('in')).pulledBy({ id: 'out', type: 'teleport' }).document();
}
