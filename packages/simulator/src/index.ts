export { simulate, type Arrivals, type SimulationReport, type SimulationRequest } from './simulate.ts';
export { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
export { createCountingIds, createSeededRandom } from './seeded-random.ts';
export type { ReceivedCall, TargetModel } from './modelled-target.ts';
