import { documentSchema } from '@sluice/pipeline';
import { z } from 'zod';
import type { BodyKind, Endpoint, EndpointAnswer } from './endpoint.ts';
import { ENDPOINTS, HOOK_ENDPOINT } from './endpoints.ts';
import { problemSchema } from './resources.ts';

type JsonObject = Record<string, unknown>;

const CONTENT_TYPES = { json: 'application/json', yaml: 'application/yaml' } as const satisfies Record<
  BodyKind,
  string
>;
const COMPONENTS = '#/components/schemas/';
/** Where zod puts definitions that several schemas of a registry use. */
const SHARED = '__shared';
/** What zod calls a recursive schema that has no id. The only such one in the contracts is any JSON value. */
const UNNAMED = /^schema\d+$/;
const JSON_VALUE = 'JsonValue';

/** The OpenAPI 3.1 description of the REST interface, made from the table of endpoints alone. */
export function openApiDocument(options: { readonly version: string }): Readonly<Record<string, unknown>> {
  const schemas = collectSchemas();
  const paths: Record<string, JsonObject> = {};
  for (const [operationId, endpoint] of Object.entries<Endpoint>({ ...ENDPOINTS, receiveHook: HOOK_ENDPOINT })) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: describe(operationId, endpoint, schemas) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sluice',
      version: options.version,
      description:
        'Pipelines of nodes and wires that push, pull or travel as events. Errors are RFC 9457 problem details.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(Object.values<Endpoint>(ENDPOINTS).map((endpoint) => endpoint.tag)), HOOK_ENDPOINT.tag].map(
      (name) => ({ name }),
    ),
    paths,
    components: { schemas: schemas.components },
  };
}

interface Schemas {
  readonly components: JsonObject;
  of(schema: z.ZodType): JsonObject;
}

/** Schemas with an id become components; each occurrence of one is a reference to it. */
function collectSchemas(): Schemas {
  const registry = z.registry<{ id: string }>();
  const named = new Map<string, z.ZodType>([
    ['Problem', problemSchema],
    ['PipelineDocument', documentSchema],
  ]);
  for (const endpoint of [...Object.values<Endpoint>(ENDPOINTS), HOOK_ENDPOINT as Endpoint]) {
    for (const schema of [endpoint.body?.schema, ...Object.values(endpoint.answers).map((answer) => answer.schema)]) {
      const id = schema?.meta()?.id;
      if (schema !== undefined && id !== undefined) named.set(id, schema);
    }
  }
  for (const [id, schema] of named) registry.add(schema, { id });
  const ids = new Map([...named].map(([id, schema]) => [schema, id]));
  const generated = z.toJSONSchema(registry, { io: 'input', uri: (id) => `${COMPONENTS}${id}` }).schemas;
  const components: JsonObject = {};
  for (const [id, schema] of Object.entries(generated)) {
    const whole = hoist(schema, components);
    if (id !== SHARED) components[id] = whole;
  }
  return {
    components,
    of(schema) {
      const id = ids.get(schema);
      if (id !== undefined) return { $ref: `${COMPONENTS}${id}` };
      return hoist(z.toJSONSchema(schema, { io: 'input' }) as JsonObject, components);
    },
  };
}

/** Moves `$defs` of a schema to the components, so that one reader's references work everywhere. */
function hoist(schema: JsonObject, components: JsonObject): JsonObject {
  const { $defs, $schema: _schema, $id: _id, ...rest } = schema;
  for (const [id, definition] of Object.entries(($defs ?? {}) as JsonObject)) {
    components[UNNAMED.test(id) ? JSON_VALUE : id] ??= pointAtComponents(withoutId(definition as JsonObject));
  }
  return pointAtComponents(rest) as JsonObject;
}

function withoutId(schema: JsonObject): JsonObject {
  const { id: _id, $id: _dollarId, ...rest } = schema;
  return rest;
}

function pointAtComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointAtComponents);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name !== '$ref' || typeof member !== 'string') return [name, pointAtComponents(member)];
      const id = member.slice(member.lastIndexOf('/') + 1);
      return [name, `${COMPONENTS}${UNNAMED.test(id) ? JSON_VALUE : id}`];
    }),
  );
}

function describe(operationId: string, endpoint: Endpoint, schemas: Schemas): JsonObject {
  const responses: JsonObject = {};
  for (const [status, answer] of Object.entries(endpoint.answers)) responses[status] = describeAnswer(answer, schemas);
  for (const status of endpoint.problems) {
    responses[String(status)] = {
      description: 'Refused.',
      content: { 'application/problem+json': { schema: { $ref: `${COMPONENTS}Problem` } } },
    };
  }
  const { body } = endpoint;
  return {
    operationId,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    parameters: [
      ...parameters('path', endpoint.params, schemas),
      ...parameters('query', endpoint.query, schemas),
      ...Object.entries(endpoint.headers ?? {}).map(([name, header]) => ({
        name,
        in: 'header',
        ...header,
        schema: { type: 'string' },
      })),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: Object.fromEntries(
              body.kinds.map((kind) => [CONTENT_TYPES[kind], { schema: schemas.of(body.schema) }]),
            ),
          },
        }),
    responses,
  };
}

function describeAnswer(answer: EndpointAnswer, schemas: Schemas): JsonObject {
  const types = answer.contentTypes ?? (answer.schema === undefined ? [] : ['application/json']);
  if (types.length === 0) return { description: answer.description };
  const content = types.map((type) => {
    const described = answer.schema !== undefined && type === 'application/json';
    return [type, described ? { schema: schemas.of(answer.schema) } : {}];
  });
  return { description: answer.description, content: Object.fromEntries(content) };
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined, schemas: Schemas): JsonObject[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, ...rest } = schemas.of(field as z.ZodType);
    const required = place === 'path' || !(field as z.ZodType).safeParse(undefined).success;
    return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: rest };
  });
}
