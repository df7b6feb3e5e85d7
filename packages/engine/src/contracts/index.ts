export { describeMessageStore, type MessageStoreContract, type StoreUnderTest } from './message-store.contract.ts';
export { createTestClock, type TestClock } from './test-clock.ts';
export { describeTraceStore, type TraceStoreContract, type TraceStoreUnderTest } from './trace-store.contract.ts';
