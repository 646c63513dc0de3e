import { applyDecorators, type INestApplication } from '@nestjs/common';
import {
  ApiExtension,
  ApiTags,
  DocumentBuilder,
  getSchemaPath,
  type OpenAPIObject,
  SwaggerModule,
} from '@nestjs/swagger';
import type { DomainError } from '@holdfast/shared-kernel';
import { type HttpProblem, problems } from '@holdfast/platform';
import { type Problem, problemOf } from '@holdfast/platform/problems';
import { ProblemDto } from './problem.dto';

const PROBLEM = 'x-problem-';
const ACCESS = 'x-access';
const OPENING_SCOPES = 'x-scopes';
const TEXT_BODY = 'x-text-body';
const RATE_LIMIT = 'x-rate-limit';

/** Who may call a route: nobody in particular, anyone but with more to see when logged in, the logged in, the admins. */
export type Access = 'public' | 'optional' | 'customer' | 'admin';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<`x-${string}`, unknown>;

/** The name of an operation in the OpenAPI document and in the audit log: that of the controller's method. */
export const operationIdOf = (_controller: string, method: string): string => method;

const EXAMPLE_REQUEST = '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44';
const exampleOf = (error: DomainError | HttpProblem): Problem => problemOf(error, EXAMPLE_REQUEST);

/**
 * The problems a route answers with, each given as an example of the very error it throws: the document cannot drift
 * from the answers. Those that every route has (validation, 401, 503 …) are added by {@link openApiDocument}.
 */
export const ApiProblems = (...examples: (DomainError | HttpProblem)[]) =>
  applyDecorators(...examples.map((example) => ApiExtension(`${PROBLEM}${example.code}`, exampleOf(example))));

/** Set by identity's access decorators; read here to mark security and to add 401 and 403. */
export const ApiAccess = (access: Access) => ApiExtension(ACCESS, access);

/** Set where a body is no JSON; read here to tell what is refused. */
export const ApiTextBody = (type: string, limit: number) => ApiExtension(TEXT_BODY, { type, limit });

/** Routes are counted under `requests` unless a decorator names another limit; those outside the API are not counted. */
export const usualRateLimit = (path: string): string => (path.startsWith('/v1/') ? 'requests' : 'none');

/** Set by the rate limits' decorator; read here to add the 429 and the headers. */
export const ApiRateLimit = (name: string) => ApiExtension(RATE_LIMIT, name);

/** The scopes that an API key may have: those that open a route of this process. */
export const SCOPES: string[] = [];

/** Which scopes of an API key open a route; stays in the document. */
export const ApiScopes = (scopes: string[]) => {
  SCOPES.push(...scopes.filter((scope) => !SCOPES.includes(scope)));
  return ApiExtension(OPENING_SCOPES, scopes);
};

const groups = new Map<string, string | undefined>();

/** The heading in the OpenAPI document that a controller's routes stand under, and what is said below it. */
export const ApiGroup = (name: string, description?: string) => {
  groups.set(name, groups.get(name) ?? description);
  return ApiTags(name);
};

const REQUEST_ID_HEADER = {
  'X-Request-Id': {
    description: 'Yours if it was a UUID, otherwise a fresh one.',
    schema: { type: 'string', format: 'uuid' },
  },
} as const;

const rateLimitHeaders = (name: string) =>
  ({
    'RateLimit-Policy': {
      description: 'The limit: `q` requests in any `w` seconds, for each customer or else each client address.',
      schema: { type: 'string', example: `"${name}";q=5;w=60` },
    },
    RateLimit: {
      description: 'How many requests are left now (`r`), and the seconds until there is one more (`t`).',
      schema: { type: 'string', example: `"${name}";r=4;t=41` },
    },
  }) as const;

const RETRY_AFTER_HEADER = {
  'Retry-After': { description: 'Seconds.', schema: { type: 'string', pattern: '^[0-9]+$', example: '41' } },
} as const;

/** What the document says of the service as a whole. */
export interface About {
  title: string;
  description: string;
}

/** The published contract, generated from the controllers. */
export function openApiDocument(app: INestApplication, { title, description }: About): OpenAPIObject {
  const builder = new DocumentBuilder();
  for (const [name, text] of groups) builder.addTag(name, text);
  const document = SwaggerModule.createDocument(
    app,
    builder
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
          description:
            'For machines: the key of `POST /v1/api-keys`. It opens what names one of its scopes in `x-scopes`.',
        },
        'apiKey',
      )
      .build(),
    {
      extraModels: [ProblemDto],
      operationIdFactory: operationIdOf,
    },
  );
  nameSchemasAsNouns(document);
  // Problems carry members of their own, such as the short lines of `insufficient-stock`.
  Object.assign(document.components?.schemas?.['Problem'] ?? {}, { additionalProperties: true });
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item) as [string, Operation][]) finish(path, method, operation);
  return document;
}

/** `OrderDto` of the code is `Order` in the document: a client's developer has no use for the suffix. */
function nameSchemasAsNouns(document: OpenAPIObject): void {
  const schemas = document.components?.schemas ?? {};
  const renamed = JSON.stringify({ paths: document.paths, schemas }, undefined).replace(
    /(#\/components\/schemas\/\w+?)Dto"/g,
    '$1"',
  );
  const { paths, schemas: byOldName } = JSON.parse(renamed) as {
    paths: OpenAPIObject['paths'];
    schemas: typeof schemas;
  };
  document.paths = paths;
  document.components!.schemas = Object.fromEntries(
    Object.entries(byOldName).map(([name, schema]) => [name.replace(/Dto$/, ''), schema]),
  );
}

function finish(path: string, method: string, operation: Operation): void {
  const access = (operation[ACCESS] ?? 'customer') as Access;
  delete operation[ACCESS];
  const scopes = operation[OPENING_SCOPES] as string[] | undefined;
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

  const limit = (operation[RATE_LIMIT] ?? usualRateLimit(path)) as string;
  delete operation[RATE_LIMIT];
  const headers = { ...REQUEST_ID_HEADER, ...(limit === 'none' ? {} : rateLimitHeaders(limit)) };
  for (const response of Object.values(operation.responses))
    if (response && 'description' in response) response.headers = { ...headers, ...response.headers };

  const problemsOfAll = commonProblems(path, method, operation, access);
  if (limit !== 'none') problemsOfAll.push(problems.quotaExceeded(limit, 41));
  const examples = [...problemsOfAll.map(exampleOf), ...ownProblems(operation)];
  for (const example of examples) {
    const response = (operation.responses[example.status] ??= {
      description: '',
      headers: example.status === 429 ? { ...headers, ...RETRY_AFTER_HEADER } : headers,
      content: { 'application/problem+json': { schema: { $ref: getSchemaPath('Problem') }, examples: {} } },
    }) as { description: string; content: Record<string, { examples: Record<string, unknown> }> };
    const known = response.content['application/problem+json'].examples;
    known[example.code] = { summary: example.title, value: example };
    response.description = Object.keys(known)
      .map((code) => `\`${code}\``)
      .join(', ');
  }
}

function ownProblems(operation: Operation): Problem[] {
  const keys = Object.keys(operation).filter((key): key is `x-${string}` => key.startsWith(PROBLEM));
  return keys.map((key) => {
    const example = operation[key] as Problem;
    delete operation[key];
    return example;
  });
}

function commonProblems(path: string, method: string, operation: Operation, access: Access): HttpProblem[] {
  const text = operation[TEXT_BODY] as { type: string; limit: number } | undefined;
  delete operation[TEXT_BODY];
  if (text) operation.description = `${operation.description ?? ''}\n\nAt most ${text.limit} bytes.`.trim();
  const isInput =
    Boolean(operation.requestBody) || operation.parameters?.some((one) => 'in' in one && one.in !== 'header');
  const invalid = {
    pointer: operation.requestBody ? '/items/0/quantity' : '/limit',
    code: 'is-int',
    detail: 'must be an integer number',
  };
  return [
    ...(isInput && !text ? [problems.validationFailed([invalid])] : []),
    ...(operation.requestBody
      ? [
          problems.malformedBody(text ? 'The body is not UTF-8, or has U+0000.' : 'The body is not valid JSON.'),
          problems.payloadTooLarge(text?.limit ?? BODY_LIMIT),
          problems.unsupportedMediaType(text?.type),
        ]
      : []),
    ...(access === 'public'
      ? []
      : [problems.unauthorized(), problems.insufficientScope(operation[OPENING_SCOPES] as string[] | undefined)]),
    ...(access === 'admin' ? [problems.forbidden()] : []),
    ...(path.startsWith('/v1') ? [problems.unavailable(), problems.internalError()] : []),
  ];
}

/** Bytes; the largest order needs a thirtieth of it. */
export const BODY_LIMIT = 262_144;

/** Answered by any path, or by none: what the document of the routes cannot name. */
const ANYWHERE = [
  problems.notFound('/v1/nothing'),
  problems.methodNotAllowed('PUT', ['GET', 'HEAD']),
  problems.malformedRequest('The request cannot be understood.'),
  ...Object.values(problems.broken).map((problem) => problem()),
].map(exampleOf);

/** What `/problems/<code>` answers: what it is, and where it may occur; undefined for an unknown code. */
export function problemDescription(document: OpenAPIObject, code: string): object | undefined {
  const answeredBy: string[] = [];
  let example = ANYWHERE.find((each) => each.code === code);
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, { responses }] of Object.entries(item) as [string, Operation][])
      for (const response of Object.values(responses) as ProblemResponse[]) {
        const examples = response.content?.['application/problem+json']?.examples ?? {};
        if (!Object.hasOwn(examples, code)) continue;
        example ??= examples[code].value;
        answeredBy.push(`${method.toUpperCase()} ${path}`);
      }
  if (!example) return undefined;
  const { type, title, status, detail } = example;
  return { type, title, status, detail, answeredBy };
}

interface ProblemResponse {
  content?: Record<string, { examples?: Record<string, { value: Problem }> }>;
}
