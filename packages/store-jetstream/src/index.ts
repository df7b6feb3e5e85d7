export {
  type Durability,
  type JetStreamStore,
  type JetStreamStoreOptions,
  openJetStreamStore,
} from './open-jetstream-store.ts';
export {
  AcknowledgedDataLostError,
  MessageTooLargeError,
  OwnershipLostError,
  StoreClosedError,
  StoreFailedError,
  StoreOwnedError,
  StoreServerError,
} from './store-errors.ts';
