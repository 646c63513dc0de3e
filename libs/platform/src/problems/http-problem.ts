import { type DomainError, type DomainErrorKind } from '@holdfast/shared-kernel';

export interface FieldError {
  /** JSON pointer into the body (RFC 6901), such as `/items/0/quantity`; for a query parameter its name. */
  pointer: string;
  code: string;
  detail: string;
}

/** A refusal that belongs to HTTP and not to the domain: it names its status itself. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly members: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = new.target.name;
  }
}

/** RFC 9457 `application/problem+json`, with our extensions. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  requestId: string;
  errors?: FieldError[];
  [member: string]: unknown;
}

const STATUS_OF: Record<DomainErrorKind, number> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  stale: 412,
  invalid: 422,
  throttled: 429,
  unavailable: 503,
};

const HEADERS_OF: Partial<Record<DomainErrorKind, Record<string, string>>> = {
  unauthenticated: { 'www-authenticate': 'Bearer' },
  unavailable: { 'retry-after': '1' },
};

/** The headers that an answer with this error carries beside the problem document. */
export const headersOf = (error: DomainError | HttpProblem): Readonly<Record<string, string>> =>
  error instanceof HttpProblem ? error.headers : { ...HEADERS_OF[error.kind], ...retryAfter(error) };

const retryAfter = ({ details: { retryAfter: seconds } }: DomainError): Record<string, string> =>
  typeof seconds === 'number' ? { 'retry-after': String(seconds) } : {};

export const statusOf = (error: DomainError | HttpProblem): number =>
  error instanceof HttpProblem ? error.status : STATUS_OF[error.kind];

/** The problem document of an error; the same function serves the answer and the examples of the OpenAPI document. */
export function problemOf(error: DomainError | HttpProblem, requestId: string): Problem {
  return {
    ...(error instanceof HttpProblem ? error.members : error.details),
    type: `/problems/${error.code}`,
    title: titleOf(error.code),
    status: statusOf(error),
    detail: error.message,
    instance: `/requests/${requestId}`,
    code: error.code,
    requestId,
  };
}

/** `insufficient-stock` reads as `Insufficient stock`: fixed per type, as RFC 9457 asks. */
export const titleOf = (code: string): string => code.charAt(0).toUpperCase() + code.slice(1).replaceAll('-', ' ');

/** Errors that a `validation-failed` names at most. */
export const MOST_ERRORS = 50;

const RETRY_SOON = { 'retry-after': '1' };

export const problems = {
  /** Names the first errors only: what a client sent does not decide how long the answer is. */
  validationFailed: (errors: FieldError[]) =>
    new HttpProblem(
      400,
      'validation-failed',
      `Some values are not acceptable; \`errors\` names each, ${MOST_ERRORS} at most.`,
      { errors: errors.slice(0, MOST_ERRORS) },
    ),
  malformedBody: (detail: string) => new HttpProblem(400, 'malformed-body', detail),
  malformedRequest: (detail: string) => new HttpProblem(400, 'malformed-request', detail),
  unauthorized: () =>
    new HttpProblem(401, 'unauthorized', 'A valid access token is needed.', {}, { 'www-authenticate': 'Bearer' }),
  forbidden: () => new HttpProblem(403, 'forbidden', 'Your role does not allow this.'),
  /** `scopes`: those of which the key has none. */
  insufficientScope: (scopes: readonly string[] = []) =>
    new HttpProblem(
      403,
      'insufficient-scope',
      scopes.length ? `The API key needs one of: ${scopes.join(', ')}.` : 'API keys do not open this.',
      { scopes },
    ),
  notFound: (path: string) => new HttpProblem(404, 'route-not-found', `There is nothing at ${path}.`),
  methodNotAllowed: (method: string, allow: string[]) =>
    new HttpProblem(
      405,
      'method-not-allowed',
      `${method} is not possible here; ${allow.join(', ')} is.`,
      {},
      { allow: allow.join(', ') },
    ),
  idempotencyKeyReused: () =>
    new HttpProblem(
      409,
      'idempotency-key-reused',
      'This Idempotency-Key was used for another request: take a new one.',
    ),
  idempotencyKeyInUse: () =>
    new HttpProblem(
      409,
      'idempotency-key-in-use',
      'A request with this Idempotency-Key is still running: repeat it shortly.',
      {},
      RETRY_SOON,
    ),
  preconditionFailed: () =>
    new HttpProblem(
      412,
      'precondition-failed',
      'The object has changed since you read it: read it again, then repeat.',
    ),
  payloadTooLarge: (limit: number) =>
    new HttpProblem(413, 'payload-too-large', `The body is larger than ${limit} bytes.`),
  unsupportedMediaType: (type = 'application/json') =>
    new HttpProblem(415, 'unsupported-media-type', `The body must be ${type}.`),
  /** Met before there is a request to route. */
  broken: {
    uriTooLong: () => new HttpProblem(414, 'uri-too-long', 'The URL, or a part of its path, is too long.'),
    headersTooLarge: () => new HttpProblem(431, 'headers-too-large', 'The request headers are too large, or too many.'),
    requestTimeout: () => new HttpProblem(408, 'request-timeout', 'The request was not complete in time.'),
    expectationFailed: () =>
      new HttpProblem(417, 'expectation-failed', 'The only expectation met here is 100-continue.'),
  },
  /** `seconds` until it is worth trying again. */
  quotaExceeded: (limit: string, seconds: number) =>
    new HttpProblem(
      429,
      'quota-exceeded',
      `Too many requests within a minute (limit "${limit}"): try again in ${seconds} s.`,
      {},
      { 'retry-after': String(seconds) },
    ),
  unavailable: () =>
    new HttpProblem(
      503,
      'service-unavailable',
      'The service is busy or its database is away: try again shortly.',
      {},
      RETRY_SOON,
    ),
  internalError: () =>
    new HttpProblem(500, 'internal-error', 'Something went wrong on our side; quote the request id.'),
};
