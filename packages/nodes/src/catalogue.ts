import type { NodeDefinition } from '@sluice/pipeline';
import { coordinatorDefinition } from './coordinator/definition.ts';
import { filterDefinition } from './filter/definition.ts';
import { generatorDefinition } from './generator/definition.ts';
import { httpPollDefinition } from './http-poll/definition.ts';
import { httpRequestDefinition } from './http-request/definition.ts';
import { logDefinition } from './log/definition.ts';
import { scheduleDefinition } from './schedule/definition.ts';
import { topicPublishDefinition } from './topic-publish/definition.ts';
import { topicSubscribeDefinition } from './topic-subscribe/definition.ts';
import { transformDefinition } from './transform/definition.ts';
import { webhookDefinition } from './webhook/definition.ts';

/** All node types, in palette order. */
export const catalogue = {
  webhook: webhookDefinition,
  'http-poll': httpPollDefinition,
  schedule: scheduleDefinition,
  generator: generatorDefinition,
  'topic-subscribe': topicSubscribeDefinition,
  transform: transformDefinition,
  filter: filterDefinition,
  coordinator: coordinatorDefinition,
  'http-request': httpRequestDefinition,
  'topic-publish': topicPublishDefinition,
  log: logDefinition,
} as const satisfies Readonly<Record<string, NodeDefinition>>;

export type NodeType = keyof typeof catalogue;
