import type { OpenAPIObject } from '@nestjs/swagger';
import { problems } from '@holdfast/platform';
import type { Problem } from '@holdfast/platform/problems';
import { exampleOf, type Schema } from './openapi';

const REF = '#/components/schemas/';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MEMBERS_OF_ALL = ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'];

/** Problems of any path or of none, which no route of the document can name. */
const ANYWHERE = [
  problems.notFound('/v1/nothing'),
  problems.methodNotAllowed('PUT', ['GET', 'HEAD']),
  problems.malformedRequest('The request cannot be understood.'),
  ...Object.values(problems.broken).map((problem) => problem()),
].map(exampleOf);

/** `insufficient-stock` is `InsufficientStock`. */
export const pascal = (code: string): string =>
  code.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

export const problemRef = (code: string): string => `${REF}${pascal(code)}Problem`;

/**
 * Gathers the examples of each code, and writes one schema a code from them: with its `code` as a constant, so that a
 * client's switch over codes is checked by its compiler, and with the members that only this code has.
 */
export class ProblemSchemas {
  private readonly examples = new Map<string, Problem[]>(ANYWHERE.map((example) => [example.code, [example]]));

  add(example: Problem): void {
    this.examples.set(example.code, [...(this.examples.get(example.code) ?? []), example]);
  }

  /** `base` describes the members that every problem has. Returns the schemas by name, `Problem` as any of them. */
  write(base: Schema): Record<string, Schema> {
    const shared = base['properties'] as Record<string, Schema>;
    const schemas: Record<string, Schema> = {};
    for (const [code, examples] of [...this.examples].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const names = Object.keys(Object.assign({}, ...examples) as object).filter(
        (name) => !MEMBERS_OF_ALL.includes(name),
      );
      const properties: Record<string, Schema> = Object.fromEntries(MEMBERS_OF_ALL.map((name) => [name, shared[name]]));
      const { type, title, status } = examples[0];
      for (const [name, value] of Object.entries({ type, title, status, code }))
        properties[name] = { type: name === 'status' ? 'integer' : 'string', const: value };
      for (const name of names) properties[name] = schemaOf(examples.map((example) => example[name]));
      const required = [...MEMBERS_OF_ALL, ...names.filter((name) => examples.every((one) => one[name] !== undefined))];
      schemas[`${pascal(code)}Problem`] = { type: 'object', title, properties, required };
    }
    return { ...schemas, Problem: { description: base['description'], ...oneOf([...this.examples.keys()].sort()) } };
  }
}

/** The schema of a problem that has one of these codes. */
export function oneOf(codes: string[]): Schema {
  if (codes.length === 1) return { $ref: problemRef(codes[0]) };
  const mapping = Object.fromEntries(codes.map((code) => [code, problemRef(code)]));
  return {
    oneOf: codes.map((code) => ({ $ref: problemRef(code) })),
    discriminator: { propertyName: 'code', mapping },
  };
}

/** The schema that all samples of one value satisfy. */
function schemaOf(samples: unknown[]): Schema {
  const given = samples.filter((sample) => sample !== undefined);
  const present = given.filter((sample) => sample !== null);
  const schema = schemaOfPresent(present);
  if (present.length === given.length) return schema;
  return schema['type'] ? { ...schema, type: [schema['type'], 'null'] } : { anyOf: [schema, { type: 'null' }] };
}

function schemaOfPresent(samples: unknown[]): Schema {
  const [first] = samples;
  if (Array.isArray(first)) return { type: 'array', items: schemaOf(samples.flat()) };
  if (typeof first === 'boolean') return { type: 'boolean' };
  if (typeof first === 'number') return { type: samples.every(Number.isInteger) ? 'integer' : 'number' };
  if (typeof first === 'string')
    return { type: 'string', ...(samples.every((text) => UUID.test(String(text))) && { format: 'uuid' }) };
  if (typeof first !== 'object' || first === null) return {};
  const names = Object.keys(Object.assign({}, ...(samples as object[])) as object);
  if (names.sort().join() === 'amount,currency') return { $ref: `${REF}Money` };
  if (names.join() === 'code,detail,pointer') return { $ref: `${REF}FieldError` };
  const objects = samples as Record<string, unknown>[];
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, schemaOf(objects.map((object) => object[name]))])),
    required: names.filter((name) => objects.every((object) => object[name] !== undefined)),
  };
}

type Responses = Record<string, { content?: Record<string, { examples?: Record<string, { value: Problem }> }> }>;

/** The answer of `/problems/<code>`: what the problem is, and which routes have it; undefined for an unknown code. */
export function problemDescription(document: OpenAPIObject, code: string): object | undefined {
  const answeredBy: string[] = [];
  let example = ANYWHERE.find((each) => each.code === code);
  const shared = (document.components?.responses ?? {}) as Responses;
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, { responses }] of Object.entries(item) as [string, { responses: Responses }][])
      for (const response of Object.values(responses)) {
        const { $ref } = response as { $ref?: string };
        const { content } = $ref ? shared[$ref.split('/').pop()!] : response;
        const examples = content?.['application/problem+json']?.examples ?? {};
        if (!Object.hasOwn(examples, code)) continue;
        example ??= examples[code].value;
        answeredBy.push(`${method.toUpperCase()} ${path}`);
      }
  if (!example) return undefined;
  const { type, title, status, detail } = example;
  return { type, title, status, detail, answeredBy };
}
