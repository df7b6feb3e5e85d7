/** This machine does not have what a peer takes: a binary, a package, a service. The run goes on without it. */
export class AbsentError extends Error {
  override readonly name = 'AbsentError';
}
