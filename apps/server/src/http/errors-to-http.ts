/** Every refusal of the REST interface: what it is called, and the status it goes out with. Routes choose codes, never statuses. */
export const REFUSALS = {
  'address-unknown': { status: 404, title: 'No such address' },
  'pipeline-not-found': { status: 404, title: 'No such pipeline' },
  'version-not-found': { status: 404, title: 'No such version' },
  'wire-not-found': { status: 404, title: 'No such wire' },
  'trace-not-found': { status: 404, title: 'No such trace' },
  'secret-not-found': { status: 404, title: 'No such secret' },
  'dead-letter-not-found': { status: 404, title: 'No such dead letter' },
  'redrive-not-found': { status: 404, title: 'No such redrive' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },

  'filter-missing': { status: 400, title: 'Nothing says which ones' },
  'request-invalid': { status: 400, title: 'Request not understood' },
  'body-malformed': { status: 400, title: 'Body not understood' },
  'body-unsafe': { status: 400, title: 'Body refused' },
  'host-refused': { status: 421, title: 'Host not served' },
  'cross-site': { status: 403, title: 'Request from another site' },
  'body-too-large': { status: 413, title: 'Body too large' },
  'content-type-unsupported': { status: 415, title: 'Content type not supported' },
  'document-invalid': { status: 422, title: 'Document not valid' },
  'not-deployable': { status: 422, title: 'Cannot be deployed' },

  'name-in-use': { status: 409, title: 'Name in operation' },
  'name-taken': { status: 409, title: 'Name taken' },
  'still-deployed': { status: 409, title: 'Still deployed' },
  'not-deployed': { status: 409, title: 'Not deployed' },
  'not-running': { status: 409, title: 'Not running' },
  'wires-hold-messages': { status: 409, title: 'Wires hold messages' },
  'removed-wires-refused': { status: 409, title: 'Removed wires cannot be treated so' },
  'wire-keeps-nothing': { status: 409, title: 'Wire keeps no messages' },
  'no-event-wire': { status: 409, title: 'Not an event wire' },
  'not-read-yet': { status: 409, title: 'Not delivered yet' },
  'wire-gone': { status: 409, title: 'No wire to go to' },
  'wire-full': { status: 409, title: 'Wire full' },
  'too-large-for-wire': { status: 409, title: 'Too large for its wire' },
  'dead-letters-full': { status: 409, title: 'No room for dead letters' },
  'redrive-under-way': { status: 409, title: 'A redrive is under way' },
  'redrive-over': { status: 409, title: 'The redrive is over' },
  'secret-in-use': { status: 409, title: 'Secret in use' },
  'revision-stale': { status: 412, title: 'Saved by somebody else' },
  'revision-missing': { status: 428, title: 'Revision missing' },

  'traces-unavailable': { status: 503, title: 'No traces are kept' },
  'database-unreachable': { status: 503, title: 'Database unreachable' },
  'not-ready': { status: 503, title: 'Not ready' },
  starting: { status: 503, title: 'Starting' },
  stopping: { status: 503, title: 'Stopping' },
  internal: { status: 500, title: 'Internal error' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

export type RefusalCode = keyof typeof REFUSALS;

export interface Refusal {
  readonly kind: 'refusal';
  readonly code: RefusalCode;
  /** What happened and what to do. */
  readonly detail: string;
  /** Further members of the problem, such as `errors` or `current`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function refuse(code: RefusalCode, detail: string, more: Pick<Refusal, 'members' | 'headers'> = {}): Refusal {
  return { kind: 'refusal', code, detail, ...more };
}

/** What went wrong while a request was read or worked on, in the terms of the table. Nothing of an unexpected error gets out. */
export function errorToRefusal(error: unknown): Refusal {
  switch (codeOf(error)) {
    case 'entity.too.large':
      return refuse('body-too-large', 'The body may hold at most 1 MiB.');
    case 'encoding.unsupported':
      return refuse('content-type-unsupported', 'Compressed bodies are not taken. Send it without Content-Encoding.', {
        headers: { 'accept-encoding': 'identity' },
      });
    case 'charset.unsupported':
      return refuse('content-type-unsupported', 'Send the body in UTF-8.');
    case 'request.aborted':
    case 'request.size.invalid':
      return refuse('body-malformed', 'The body is not as long as Content-Length says.');
    case 'database-unreachable':
      return refuse(
        'database-unreachable',
        'The database does not answer. Nothing was changed that had not been confirmed; try again shortly.',
        {
          headers: { 'retry-after': '5' },
        },
      );
    case 'pipeline-missing':
      return refuse('pipeline-not-found', 'The pipeline was removed meanwhile.');
    case 'version-missing':
      return refuse('version-not-found', 'The version was removed meanwhile.');
    default:
      // Express could not decode a part of the address.
      if (error instanceof URIError)
        return refuse('request-invalid', 'The address is not valid percent-encoded UTF-8.');
      return refuse('internal', 'Something unexpected happened. The log has more under the request id.');
  }
}

/** `type` is how body-parser names its errors, `code` how the others do. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  if ('type' in error && typeof error.type === 'string') return error.type;
  return 'code' in error ? error.code : undefined;
}
