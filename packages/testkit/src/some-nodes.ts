import type { NodeDocument, Work } from '@sluice/pipeline';
import type { SomeNode } from './a-pipeline.ts';

type Config = NonNullable<NodeDocument['config']>;

/** A webhook at `/hooks/{pipeline}/{id}`, unless config says another path. */
export function webhook(id: string, config: Config = {}): SomeNode {
  return { id, type: 'webhook', config: { path: id, ...config } };
}

export function transform(id: string, expression: string): SomeNode {
  return { id, type: 'transform', config: { expression } };
}

export function filter(id: string, condition: string): SomeNode {
  return { id, type: 'filter', config: { expression: condition } };
}

/** Posts each message to the address. */
export function httpRequest(id: string, url: string, work?: Work): SomeNode {
  return { id, type: 'http-request', config: { url }, ...(work === undefined ? {} : { work }) };
}
