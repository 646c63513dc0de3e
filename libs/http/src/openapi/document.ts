import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type HttpProblem, problems } from '@holdfast/platform';
import type { Problem } from '@holdfast/platform/problems';
import {
  type Access,
  type AnswerHeader,
  BODY_LIMIT,
  EXAMPLE_ID,
  EXTENSION,
  exampleOf,
  forms,
  groups,
  operationIdOf,
  usualRateLimit,
} from './openapi';
import { ProblemDto } from './problem.dto';
import { oneOf, pascal, ProblemSchemas, type Schema } from './problem-schemas';

type Headers = Record<string, object>;
type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<`x-${string}`, unknown>;
interface Response {
  description: string;
  headers?: Headers;
  content?: Record<string, { schema: Schema; examples?: Record<string, { summary: string; value: Problem }> }>;
}

/** The service as a whole, in the document and on the front page. */
export interface About {
  title: string;
  /** One sentence. */
  summary: string;
  /** Markdown. */
  description: string;
  /** More options of Swagger UI. Functions run in the browser, and can use nothing of their module. */
  swaggerOptions?: object;
}

const SUCCESS_HEADERS: Record<AnswerHeader, { statuses: string[]; header: object }> = {
  ETag: {
    statuses: ['200', '201', '304'],
    header: {
      description: 'The version of this representation, for `If-None-Match` and `If-Match`.',
      schema: { type: 'string', example: '"3"' },
    },
  },
  'Idempotent-Replayed': {
    statuses: ['200', '201', '204'],
    header: {
      description: 'Present when this is the stored answer to an earlier request with the same `Idempotency-Key`.',
      schema: { type: 'string', enum: ['true'] },
    },
  },
  Location: {
    statuses: ['201'],
    header: { description: 'The path of the new object.', schema: { type: 'string', format: 'uri-reference' } },
  },
};

const REQUEST_ID_HEADER = {
  'X-Request-Id': {
    description: 'The id of the request if it was a UUID, otherwise a new one.',
    schema: { type: 'string', format: 'uuid' },
  },
};

const RETRY_AFTER_HEADER = {
  'Retry-After': {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'string', pattern: '^[0-9]+$', example: '41' },
  },
};

const rateLimitHeaders = (name: string): Headers => ({
  'RateLimit-Policy': {
    description: 'The limit: `q` requests in any `w` seconds, for each customer or else each client address.',
    schema: { type: 'string', example: `"${name}";q=5;w=60` },
  },
  RateLimit: {
    description: 'How many requests are left (`r`), and the seconds until there is one more (`t`).',
    schema: { type: 'string', example: `"${name}";r=4;t=41` },
  },
});

/** The published contract, generated from the controllers: OpenAPI 3.1. */
export function openApiDocument(app: INestApplication, { title, description }: About): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setDescription(description)
    .setVersion('1')
    .addServer('/', 'This server')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'ES256 access token, 20 min.' },
      'bearer',
    )
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'hf_<id>_<secret>',
        description: 'An API key, for machines. It opens the routes that name one of its scopes in `x-scopes`.',
      },
      'apiKey',
    );
  for (const [name, text] of groups) builder.addTag(name, text);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    extraModels: [ProblemDto],
    operationIdFactory: operationIdOf,
  });
  nameSchemasAsNouns(document);
  const schemas = document.components!.schemas as Record<string, Schema>;
  const problemSchemas = new ProblemSchemas();
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item) as [string, Operation][])
      finish(path, method, operation, schemas, problemSchemas);
  Object.assign(schemas, problemSchemas.write(schemas['Problem']));
  shareRepetitions(document);
  return document;
}

/** `OrderDto` of the code is `Order` in the document, and a DTO of several forms is one of them. */
function nameSchemasAsNouns(document: OpenAPIObject): void {
  const { paths, components } = document;
  const renamed = JSON.stringify({ paths, schemas: components?.schemas ?? {} }).replace(
    /(#\/components\/schemas\/\w+?)Dto"/g,
    '$1"',
  );
  const { schemas, ...rest } = JSON.parse(renamed) as Pick<OpenAPIObject, 'paths'> & {
    schemas: Record<string, Schema>;
  };
  document.paths = rest.paths;
  document.components!.schemas = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name.replace(/Dto$/, ''), inForms(schema, forms.get(name))]),
  );
}

/** Splits the schema of an object into one for each of its forms. */
function inForms({ description, ...schema }: Schema, each: readonly string[][] = []): Schema {
  if (!each.length) return { ...schema, ...(description !== undefined && { description }) };
  const { properties, required = [] } = schema as { properties: Record<string, Schema>; required?: string[] };
  const shared = Object.keys(properties).filter((name) => !each.flat().includes(name));
  const variants = each.map((own) => ({
    type: 'object',
    properties: Object.fromEntries([...own, ...shared].map((name) => [name, properties[name]])),
    required: [...own, ...shared.filter((name) => required.includes(name))],
    additionalProperties: false,
  }));
  return { description, oneOf: variants };
}

function finish(
  path: string,
  method: string,
  operation: Operation,
  schemas: Record<string, Schema>,
  problemSchemas: ProblemSchemas,
): void {
  const access = take<Access>(operation, EXTENSION.access) ?? 'customer';
  const limit = take<string>(operation, EXTENSION.rateLimit) ?? usualRateLimit(path);
  describeAccess(operation, access);
  giveExamples(operation, schemas);

  const headers: Headers = { ...REQUEST_ID_HEADER, ...(limit === 'none' ? {} : rateLimitHeaders(limit)) };
  const own = takeAll<AnswerHeader>(operation, EXTENSION.answerHeaders).map(
    (name) => [name, SUCCESS_HEADERS[name]] as const,
  );
  for (const [status, response] of Object.entries(operation.responses) as [string, Response][]) {
    const more = own
      .filter(([, { statuses }]) => statuses.includes(status))
      .map(([name, { header }]) => [name, header]);
    response.headers = { ...headers, ...(Object.fromEntries(more) as Headers), ...response.headers };
  }

  const examples = [...commonProblems(path, method, operation, access), ...limitProblems(limit)].map(exampleOf);
  examples.push(...takeAll<Problem>(operation, EXTENSION.problem));
  const responses = operation.responses as Record<string, Response>;
  for (const example of examples) {
    problemSchemas.add(example);
    const isWorthWaiting = example.status === 429 || example.status === 503;
    const response = (responses[example.status] ??= {
      description: '',
      headers: isWorthWaiting ? { ...headers, ...RETRY_AFTER_HEADER } : headers,
      content: { 'application/problem+json': { schema: {}, examples: {} } },
    });
    const content = response.content!['application/problem+json'];
    content.examples![example.code] = { summary: example.title, value: example };
    const codes = Object.keys(content.examples!);
    content.schema = oneOf(codes);
    response.description = codes.map((code) => `\`${code}\``).join(', ');
  }
}

/** Reads an extension that a decorator has left, and removes it from the document. */
function take<Value>(operation: Operation, name: string): Value | undefined {
  const value = operation[name as `x-${string}`] as Value | undefined;
  delete operation[name as `x-${string}`];
  return value;
}

const takeAll = <Value>(operation: Operation, prefix: string): Value[] =>
  Object.keys(operation)
    .filter((key) => key.startsWith(prefix))
    .map((key) => take<Value>(operation, key)!);

function describeAccess(operation: Operation, access: Access): void {
  const scopes = operation[EXTENSION.scopes] as string[] | undefined;
  operation.security = {
    public: [],
    optional: [{}, { bearer: [] }],
    customer: [{ bearer: [] }],
    admin: [{ bearer: [] }],
  }[access];
  if (scopes) operation.security.push({ apiKey: [] });
  const opening = scopes && `API keys: ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`;
  operation.description = [operation.description, access === 'admin' && 'Admins only.', opening]
    .filter(Boolean)
    .join('\n\n');
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  example?: unknown;
  schema: Schema;
}

/** Makes a request work as Swagger UI proposes it: ids have an example, and what may be left out is left out. */
function giveExamples({ parameters = [], requestBody }: Operation, schemas: Record<string, Schema>): void {
  for (const parameter of parameters as Parameter[]) {
    const { name, schema } = parameter;
    if (parameter.in === 'path' && /^id$|Id$/.test(name) && Object.keys(schema).join() === 'type')
      Object.assign(schema, { format: 'uuid', example: EXAMPLE_ID });
    if (parameter.required) {
      if (schema['enum']) parameter.example ??= (schema['enum'] as unknown[])[0];
      continue;
    }
    delete parameter.example;
    delete schema['example'];
  }
  const { content = {} } = (requestBody ?? {}) as { content?: Record<string, { schema: Schema; example?: unknown }> };
  const json = content['application/json'];
  if (json) json.example ??= sampleOf(json.schema, schemas);
}

/** A value of the schema with its required members only. */
function sampleOf(schema: Schema, schemas: Record<string, Schema>): unknown {
  if (schema['example'] !== undefined) return schema['example'];
  if (schema['default'] !== undefined) return schema['default'];
  const [either] = (schema['oneOf'] ?? schema['anyOf'] ?? schema['allOf'] ?? []) as Schema[];
  if (either) return sampleOf(either, schemas);
  if (schema['$ref']) return sampleOf(schemas[(schema['$ref'] as string).split('/').pop()!], schemas);
  if (schema['enum']) return (schema['enum'] as unknown[])[0];
  const { properties = {}, required = [] } = schema as { properties?: Record<string, Schema>; required?: string[] };
  switch (schema['type']) {
    case 'array':
      return [sampleOf(schema['items'] as Schema, schemas)];
    case 'object':
      return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name], schemas)]));
    case 'boolean':
      return true;
    case 'string':
      return schema['format'] === 'uuid' ? EXAMPLE_ID : 'string';
    default:
      return schema['minimum'] ?? 1;
  }
}

const limitProblems = (limit: string): HttpProblem[] => (limit === 'none' ? [] : [problems.quotaExceeded(limit, 41)]);

function commonProblems(path: string, method: string, operation: Operation, access: Access): HttpProblem[] {
  const text = take<{ type: string; limit: number }>(operation, EXTENSION.textBody);
  const limit = text?.limit ?? take<number>(operation, EXTENSION.bodyLimit) ?? BODY_LIMIT;
  if (text) operation.description = `${operation.description ?? ''}\n\nAt most ${text.limit} bytes.`.trim();
  const hasBody = Boolean(operation.requestBody);
  const isInput = hasBody || operation.parameters?.some((one) => 'in' in one && one.in !== 'header');
  const invalid = {
    pointer: hasBody ? '/items/0/quantity' : '/limit',
    code: 'is-int',
    detail: 'must be an integer number',
  };
  return [
    ...(isInput && !text ? [problems.validationFailed([invalid])] : []),
    ...(hasBody
      ? [problems.malformedBody(text ? 'The body is not UTF-8, or has U+0000.' : 'The body is not valid JSON.')]
      : []),
    // A body that the route does not ask for is refused as well.
    ...(method === 'get' ? [] : [problems.payloadTooLarge(limit), problems.unsupportedMediaType(text?.type)]),
    ...(access === 'public'
      ? []
      : [problems.unauthorized(), problems.insufficientScope(operation[EXTENSION.scopes] as string[] | undefined)]),
    ...(access === 'admin' ? [problems.forbidden()] : []),
    ...(path.startsWith('/v1') ? [problems.unavailable(), problems.internalError()] : []),
  ];
}

/** Moves headers, parameters of queries and headers, and error answers that repeat to `components`. */
function shareRepetitions(document: OpenAPIObject): void {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item) as Operation[]);
  const answers = operations.flatMap(({ responses }) => Object.values(responses as Record<string, Response>));
  const headers = new Shared(
    'headers',
    answers.flatMap(({ headers }) => Object.values(headers ?? {})),
  );
  for (const answer of answers)
    answer.headers = Object.fromEntries(
      Object.entries(answer.headers ?? {}).map(([name, header]) => [name, headers.share(name, header)]),
    );
  const problemAnswers = new Shared('responses', answers);
  const parameters = new Shared(
    'parameters',
    operations.flatMap((operation) => operation.parameters ?? []),
  );
  for (const operation of operations) {
    for (const [status, answer] of Object.entries(operation.responses as Record<string, Response>)) {
      const codes = Object.keys(answer.content?.['application/problem+json']?.examples ?? {});
      if (codes.length) operation.responses[status] = problemAnswers.share(codes.map(pascal).join('Or'), answer);
    }
    operation.parameters = operation.parameters?.map((one) => parameters.share((one as Parameter).name, one));
  }
  for (const { kind, components } of [headers, problemAnswers, parameters])
    Object.assign(document.components!, { [kind]: components });
}

/** Components of one kind. Different ones of the same name are numbered. */
class Shared {
  readonly components: Record<string, object> = {};
  private readonly names = new Map<string, string>();
  private readonly repeated = new Set<string>();

  constructor(
    readonly kind: string,
    all: object[],
  ) {
    const seen = new Set<string>();
    for (const text of all.map((one) => JSON.stringify(one))) (seen.has(text) ? this.repeated : seen).add(text);
  }

  /** A reference to the component, or the value itself where nothing repeats it. */
  share<Value extends object>(name: string, value: Value): Value | { $ref: string } {
    const text = JSON.stringify(value);
    if (!this.repeated.has(text)) return value;
    let own = this.names.get(text);
    if (own === undefined) {
      own = name;
      for (let i = 2; own in this.components; i++) own = `${name}-${i}`;
      this.names.set(text, own);
      this.components[own] = value;
    }
    return { $ref: `#/components/${this.kind}/${own}` };
  }
}
