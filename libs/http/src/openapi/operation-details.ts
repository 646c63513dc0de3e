import { type HttpProblem, problems } from '@holdfast/platform';
import type { Problem } from '@holdfast/platform/problems';
import {
  type Access,
  type Answer,
  type AnswerHeader,
  BODY_LIMIT,
  EXAMPLE_ID,
  EXTENSION,
  exampleOf,
  type Operation,
  type Parameter,
  type Schema,
  usualRateLimit,
} from './openapi';
import { oneOf, type ProblemSchemas } from './problem-schemas';

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

const rateLimitHeaders = (name: string): Record<string, object> => ({
  'RateLimit-Policy': {
    description: 'The limit: `q` requests in any `w` seconds, for each customer or else each client address.',
    schema: { type: 'string', example: `"${name}";q=5;w=60` },
  },
  RateLimit: {
    description: 'How many requests are left (`r`), and the seconds until there is one more (`t`).',
    schema: { type: 'string', example: `"${name}";r=4;t=41` },
  },
});

/** Gives an operation its access, its headers, an example of its request, and every problem that it may answer. */
export function describeOperation(
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

  const headers: Record<string, object> = {
    ...REQUEST_ID_HEADER,
    ...(limit === 'none' ? {} : rateLimitHeaders(limit)),
  };
  const own = takeAll<AnswerHeader>(operation, EXTENSION.answerHeaders);
  for (const [status, response] of Object.entries(operation.responses) as [string, Answer][]) {
    const more = own.filter((name) => SUCCESS_HEADERS[name].statuses.includes(status));
    const described = Object.fromEntries(more.map((name) => [name, SUCCESS_HEADERS[name].header]));
    response.headers = { ...headers, ...described, ...response.headers };
  }

  const limited = limit === 'none' ? [] : [problems.quotaExceeded(limit, 41)];
  const examples = [...commonProblems(path, method, operation, access), ...limited].map(exampleOf);
  examples.push(...takeAll<Problem>(operation, EXTENSION.problem));
  const responses = operation.responses as Record<string, Answer>;
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

/** Makes a request work as Swagger UI proposes it: ids have an example, and what may be left out is left out. */
function giveExamples({ parameters = [], requestBody }: Operation, schemas: Record<string, Schema>): void {
  for (const parameter of parameters as Parameter[]) {
    const { name, schema } = parameter;
    if (parameter.in === 'path' && /^id$|Id$/.test(name) && Object.keys(schema).join() === 'type')
      Object.assign(schema, { format: 'uuid', example: EXAMPLE_ID });
    if (parameter.required) {
      // Beside the schema, where every tool looks for it.
      parameter.example ??= schema['example'] ?? (schema['enum'] as unknown[] | undefined)?.[0];
      delete schema['example'];
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
