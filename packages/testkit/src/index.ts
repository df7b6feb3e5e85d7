export { createTestClock, type TestClock } from '@sluice/engine/contracts';
export { configValueArbitrary, documentArbitrary } from '@sluice/pipeline/arbitraries';
export { aPipeline, type PipelineBuilder, type SomeNode } from './a-pipeline.ts';
export { freePort } from './free-port.ts';
export {
  startRecordingTarget,
  type RecordedRequest,
  type RecordingTarget,
  type TargetBehaviour,
} from './recording-target.ts';
export { seededRandom } from './seeded-random.ts';
export { signStandardWebhook, type SignRequest } from './sign-standard-webhook.ts';
export { filter, httpRequest, transform, webhook } from './some-nodes.ts';
