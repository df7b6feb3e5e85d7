import type { z } from 'zod';

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

/** What a body may be written in. Its kinds are told apart by `Content-Type`. */
export type BodyKind = 'json' | 'yaml';

export interface EndpointBody {
  readonly schema: z.ZodType;
  readonly required: boolean;
  readonly kinds: readonly BodyKind[];
}

export interface EndpointAnswer {
  readonly description: string;
  /** Absent: no body, or one that JSON Schema has nothing to say about. */
  readonly schema?: z.ZodType;
  /** `application/json` unless named. */
  readonly contentTypes?: readonly string[];
}

/** One operation of the REST interface: what is served, described and tested all comes from here. */
export interface Endpoint {
  readonly method: Method;
  /** As in OpenAPI: `/api/v1/pipelines/{id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: EndpointBody;
  /** Headers that the operation reads, with what they are for. */
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly required: boolean }>>;
  readonly answers: Readonly<Record<number, EndpointAnswer>>;
  /** Statuses of its refusals; each is a problem. */
  readonly problems: readonly number[];
}
