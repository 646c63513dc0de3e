import type { ValidateFunction } from 'ajv';
import Ajv from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Json } from './api';

export interface Route {
  /** `post /v1/orders` */
  name: string;
  method: string;
  path: string;
  operation: Json;
}

/** An answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A problem that no single route can name: what is asked is no request of its own. Described at /problems/<code>. */
const ANYWHERE: Record<number, string[]> = {
  400: ['malformed-request'],
  404: ['route-not-found'],
  405: ['method-not-allowed'],
  414: ['uri-too-long'],
  431: ['headers-too-large'],
};
/** The further problems of a request with a body on a route that takes none. */
const OF_ANY_BODY: Record<number, string[]> = {
  400: ['malformed-body', 'validation-failed'],
  413: ['payload-too-large'],
  415: ['unsupported-media-type'],
};

/** Words of Node, of PostgreSQL and of our files, none of which is any client's business. */
const INNARDS =
  /\bat \S+ \(|node_modules|\.[jt]s:\d|TypeError|RangeError|SyntaxError|QueryFailed|violates|syntax error|relation "|invalid input|out of range for|ECONNRE/;

/** Every operation that the document describes, with the shared parameters, answers and headers put in. */
export const routesOf = (document: Json): Route[] =>
  Object.entries(document.paths as Record<string, Json>).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Json>).map(([method, operation]) => ({
      ...{ name: `${method} ${path}`, method: method.toUpperCase() },
      ...{ path, operation: inFull(document, operation) },
    })),
  );

/** Follows references to all components but the schemas. */
function inFull(document: Json, value: Json): Json {
  if (Array.isArray(value)) return value.map((each) => inFull(document, each));
  if (typeof value !== 'object' || value === null) return value;
  const [, kind, name] = /^#\/components\/(headers|parameters|responses)\/(.+)$/.exec(String(value.$ref)) ?? [];
  if (kind) return inFull(document, document.components[kind][name]);
  return Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, inFull(document, each)]));
}

/** The schema of the problem with this code. */
export const problemSchemaOf = (code: string): string =>
  `#/components/schemas/${code.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}Problem`;

/** The OpenAPI document, and how an answer differs from it. */
export class Contract {
  readonly routes: Route[];
  private readonly ajv = new Ajv({ allErrors: true, strict: false });
  private readonly validators = new Map<unknown, ValidateFunction>();
  private readonly problems = new Map<string, object>();

  constructor(readonly document: Json) {
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: 'document', components: strict(document.components) });
    this.routes = routesOf(document);
  }

  resolve(schema: Json): Json {
    const ref = (schema?.$ref ?? schema?.allOf?.[0]?.$ref) as string | undefined;
    return ref ? this.document.components.schemas[ref.split('/').pop()!] : schema;
  }

  /** The route that a path leads to, encoded as it may be; `/me` is none of `/{id}`. */
  routeOf(method: string, url: string): Route | undefined {
    const given = url.split('?')[0].split('/').map(decoded);
    const fits = ({ path }: Route) => {
      const parts = path.split('/');
      return (
        parts.length === given.length && parts.every((part, i) => (/^\{/.test(part) ? given[i] : part === given[i]))
      );
    };
    const found = this.routes.filter((route) => route.method === method && fits(route));
    return found.sort((one, other) => one.path.split('{').length - other.path.split('{').length)[0];
  }

  /** What is wrong with an answer; empty when it is as documented. `body`: whether the request had one. */
  faultsOf(route: Route | undefined, { status, headers, body }: RawAnswer, sentBody: boolean): string[] {
    if (status >= 500) return [`${status}: ${body}`];
    const type = String(headers['content-type'] ?? '').split(';')[0];
    const faults = headers['x-request-id'] ? [] : ['no X-Request-Id'];
    if (status >= 400) return [...faults, ...this.faultsOfProblem(route, { status, headers, body }, sentBody)];
    const documented = route?.operation.responses[status];
    if (!documented) return [`${status} is not documented`];
    for (const name of ['ETag', 'Idempotent-Replayed', 'Location'])
      if (headers[name.toLowerCase()] !== undefined && !documented.headers?.[name])
        faults.push(`${status} has a ${name} that is not documented`);
    if (!documented.content) return body === '' ? faults : [...faults, `${status} has a body: ${body}`];
    const { schema } = documented.content[type] ?? {};
    if (!schema) return [...faults, `${status} comes as ${type || 'nothing'}`];
    return [...faults, ...(type === 'application/json' ? this.faultsOfSchema(schema, JSON.parse(body)) : [])];
  }

  private faultsOfProblem(route: Route | undefined, { status, headers, body }: RawAnswer, sentBody: boolean): string[] {
    if (!/^application\/problem\+json(;|$)/.test(String(headers['content-type'])))
      return [`${status} is no problem: ${body}`];
    const problem = JSON.parse(body);
    const { code, requestId } = problem;
    const faults = this.faultsOfSchema(this.problemSchema(String(code)), problem);
    if (problem.status !== status) faults.push(`body.status is ${problem.status}`);
    if (requestId !== headers['x-request-id']) faults.push('requestId is not the X-Request-Id');
    if (problem.instance !== `/requests/${requestId}`) faults.push(`instance is ${problem.instance}`);
    if (problem.type !== `/problems/${code}`) faults.push(`type is ${problem.type}`);
    if (INNARDS.test(body)) faults.push('reveals internals');
    if (status === 401 && !headers['www-authenticate']) faults.push('no WWW-Authenticate');
    if (status === 405 && !headers['allow']) faults.push('no Allow');
    const examples = route?.operation.responses[status]?.content?.['application/problem+json'].examples ?? {};
    const known = [
      ...Object.keys(examples as object),
      ...(ANYWHERE[status] ?? []).filter((each) => !route || !/^(route|method)-not/.test(each)),
      ...(sentBody && !route?.operation.requestBody ? (OF_ANY_BODY[status] ?? []) : []),
    ];
    if (!known.includes(String(code))) faults.push(`${status} ${code} is not documented: ${body}`);
    return faults;
  }

  /** One object a code, so that its validator is compiled once. */
  private problemSchema(code: string): object {
    const known = this.problems.get(code) ?? { $ref: problemSchemaOf(code) };
    this.problems.set(code, known);
    return known;
  }

  private faultsOfSchema(schema: Json, value: unknown): string[] {
    let validate = this.validators.get(schema);
    if (!validate) this.validators.set(schema, (validate = this.ajv.compile(strict(schema) as object)));
    if (validate(value)) return [];
    return validate.errors!.map(({ instancePath, message, params }) =>
      [instancePath, message, JSON.stringify(params)].join(' '),
    );
  }
}

/** Closes objects, so that a member that the document does not name is a fault. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const rest = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === '$ref' ? String(value).replace(/^#/, 'document#') : strict(value),
    ]),
  ) as Record<string, unknown>;
  const isClosed =
    [rest['type']].flat().includes('object') && rest['properties'] && rest['additionalProperties'] === undefined;
  return isClosed ? { ...rest, additionalProperties: false } : rest;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
