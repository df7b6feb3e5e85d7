import type { BehaviourCatalogue, NodeBehaviour } from '@sluice/engine';
import type { NodeType } from './catalogue.ts';
import { coordinatorBehaviour } from './coordinator/behaviour.ts';
import { filterBehaviour } from './filter/behaviour.ts';
import { generatorBehaviour } from './generator/behaviour.ts';
import { httpPollBehaviour } from './http-poll/behaviour.ts';
import { httpRequestBehaviour } from './http-request/behaviour.ts';
import { logBehaviour } from './log/behaviour.ts';
import { scheduleBehaviour } from './schedule/behaviour.ts';
import { topicPublishBehaviour } from './topic-publish/behaviour.ts';
import { topicSubscribeBehaviour } from './topic-subscribe/behaviour.ts';
import { transformBehaviour } from './transform/behaviour.ts';
import { webhookBehaviour } from './webhook/behaviour.ts';

const behaviours = {
  webhook: webhookBehaviour,
  'http-poll': httpPollBehaviour,
  schedule: scheduleBehaviour,
  generator: generatorBehaviour,
  'topic-subscribe': topicSubscribeBehaviour,
  transform: transformBehaviour,
  filter: filterBehaviour,
  coordinator: coordinatorBehaviour,
  'http-request': httpRequestBehaviour,
  'topic-publish': topicPublishBehaviour,
  log: logBehaviour,
} as const satisfies Readonly<Record<NodeType, NodeBehaviour>>;

const byType: ReadonlyMap<string, NodeBehaviour> = new Map(Object.entries(behaviours));

/** What every node type does. */
export const behaviourCatalogue: BehaviourCatalogue = {
  find: (type) => byType.get(type),
};
