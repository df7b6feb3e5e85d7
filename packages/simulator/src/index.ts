export { simulate, type Arrivals, type SimulationReport, type SimulationRequest } from './simulate.ts';
export { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
export { createCountingIds, createSeededRandom } from './seeded-random.ts';
export type { ReceivedCall, TargetModel } from './modelled-target.ts';
export type { DiskModel } from './slow-store.ts';
export { createWorld, PIPELINE_ID, type World, type WorldRequest } from './world.ts';
