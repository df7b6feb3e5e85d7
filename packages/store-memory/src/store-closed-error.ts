/** The store was closed, or the process it stood for has died. */
export class StoreClosedError extends Error {
  readonly code = 'store-closed';

  constructor() {
    super('The message store is closed; open it again to use it.');
    this.name = 'StoreClosedError';
  }
}
