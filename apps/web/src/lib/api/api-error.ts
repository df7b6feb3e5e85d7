import type { Problem } from '@sluice/protocol';

/** The server answered with a problem: what happened, what to do, and the request id to quote. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiError';
    this.code = problem.code;
    this.status = problem.status;
    this.problem = problem;
  }
}

/** No answer arrived, or not one of this server's. */
export class ServerUnreachableError extends Error {
  readonly code = 'server-unreachable';

  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'ServerUnreachableError';
  }
}
