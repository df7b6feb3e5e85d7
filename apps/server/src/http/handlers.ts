import type { Endpoint, EndpointId, ENDPOINTS } from '@sluice/protocol';
import type { Syntax } from '@sluice/pipeline';
import type { z } from 'zod';
import type { Answer } from './answer.ts';

/** A body that may be JSON or YAML: whoever reads it wants the text, because findings carry lines. */
export interface TextBody {
  readonly text: string;
  readonly syntax: Syntax;
}

/** A request to an endpoint after everything in it has been parsed by the endpoint's schemas. */
export interface Call<Of extends Endpoint> {
  readonly params: Of extends { readonly params: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;
  readonly query: Of extends { readonly query: infer Schema extends z.ZodType } ? z.output<Schema> : undefined;
  readonly body: BodyOf<Of>;
  header(name: string): string | undefined;
}

type BodyOf<Of extends Endpoint> = Of extends {
  readonly body: {
    readonly schema: infer Schema extends z.ZodType;
    readonly kinds: infer Kinds;
    readonly required: infer Required;
  };
}
  ? Kinds extends readonly ['json']
    ? Required extends true
      ? z.output<Schema>
      : z.output<Schema> | undefined
    : TextBody
  : undefined;

export type Handler<Of extends Endpoint> = (call: Call<Of>) => Answer | Promise<Answer>;

/** One handler for each endpoint of the table; a missing or surplus one does not compile. */
export type Handlers = { readonly [Id in EndpointId]: Handler<(typeof ENDPOINTS)[Id]> };
export type HandlersOf<Id extends EndpointId> = Pick<Handlers, Id>;
