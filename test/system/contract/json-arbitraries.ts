import fc, { type Arbitrary } from 'fast-check';
import type { Json } from '../../support/api';
import { NAUGHTY_STRINGS } from './naughty-strings';

/** Stands in a request for the id of something that is there, until it is sent: see {@link Targets}. */
export const target = (resource: string, index: number): string => `{{${resource}:${index}}}`;

/** What a property or a parameter is the id of. */
const RESOURCE_OF: Record<string, string> = {
  ...{ productId: 'products', categoryId: 'categories', parentId: 'categories', category: 'categories' },
  ...{ customerId: 'customers', actorId: 'customers', objectId: 'products', orderId: 'orders' },
};

/** JSON text, for much of what there is to try is no value of JavaScript's. */
export type JsonText = string;

export const idOf = (resource: string): Arbitrary<string> => fc.nat(3).map((index) => target(resource, index));

/** Schemas into what they allow, and into what they do not. */
export class JsonArbitraries {
  constructor(private readonly resolve: (schema: Json) => Json) {}

  valid(schema: Json, name = ''): Arbitrary<JsonText> {
    const { properties, required = [], ...resolved } = this.resolve(schema);
    const variants = variantsOf(this.resolve(schema));
    if (variants) return fc.oneof(...variants.map((each) => this.valid(each, name)));
    if (resolved.type === 'null') return fc.constant('null');
    if (resolved.type === 'array') {
      const { minItems: minLength = 0, maxItems = 3 } = resolved;
      return fc.array(this.valid(resolved.items), { minLength, maxLength: Math.min(maxItems, 3) }).map(list);
    }
    if (resolved.type === 'object') {
      const names = Object.keys((properties ?? {}) as object);
      const members = Object.fromEntries(names.map((each) => [each, this.valid(properties[each], each)]));
      return fc.record(members, { requiredKeys: required }).map((some) => objectOf(Object.entries(some)));
    }
    return this.scalar(resolved, name).map((value) => JSON.stringify(value));
  }

  scalar(schema: Json, name = ''): Arbitrary<string | number | boolean> {
    const isUnique = schema.format === 'uuid' || ['username', 'email'].includes(name);
    const example = schema.example === undefined || isUnique ? [] : [fc.constant(schema.example as string)];
    return fc.oneof(...example, ...example, this.ofType(schema, name));
  }

  private ofType(schema: Json, name: string): Arbitrary<string | number | boolean> {
    const { type, format, enum: values, pattern, minLength = 0, maxLength = 40 } = schema;
    if (values) return fc.constantFrom(...(values as string[]));
    if (type === 'boolean') return fc.boolean();
    if (type === 'integer')
      return fc.integer({ min: schema.minimum ?? -2_147_483_648, max: schema.maximum ?? 2_147_483_647 });
    if (name === 'refreshToken') return idOf('refresh-tokens');
    if (format === 'uuid') return RESOURCE_OF[name] ? idOf(RESOURCE_OF[name]) : fc.uuid();
    if (name === 'username') return fc.stringMatching(/^[a-z][a-z0-9._-]{5,20}$/);
    if (format === 'email') return fc.oneof(fc.emailAddress(), fc.stringMatching(/^[a-z]{3,12}@[a-z]{3,8}\.com$/));
    if (format === 'uri') return fc.webUrl();
    if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
    const length = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) };
    if (!pattern) return fc.string({ unit: 'grapheme', ...length });
    return fc.stringMatching(new RegExp(pattern as string), { maxLength: length.maxLength });
  }

  /** Not what the schema says, in one place: of any other type, out of its bounds, missing, unknown, or there twice. */
  mutant(schema: Json, name = ''): Arbitrary<JsonText> {
    const resolved = this.resolve(schema);
    const odd = fc.oneof(fc.constantFrom(...LIKELY, ...boundaries(resolved)), fc.constantFrom(...ODD));
    if (resolved.type === 'array') {
      const { items, maxItems = 100 } = resolved;
      const pair = fc.tuple(this.valid(items), this.mutant(items));
      const many = this.valid(items).map((text) => list(Array<string>(maxItems + 1).fill(text)));
      return fc.oneof(
        odd,
        pair.map(list),
        this.valid(items).map((text) => list([text, text])),
        many,
      );
    }
    const variants = variantsOf(resolved);
    if (variants) return fc.oneof(odd, ...variants.map((each) => this.mutant(each, name)));
    if (resolved.type !== 'object' || !resolved.properties) return odd;
    const names = Object.keys(resolved.properties as object);
    const whole = this.valid(schema, name);
    const changed = names.map((each) =>
      fc
        .tuple(whole, this.mutant(resolved.properties[each], each))
        .map(([text, member]) => withMember(text, each, member)),
    );
    const missing = fc.tuple(whole, fc.constantFrom(...names)).map(([text, each]) => withMember(text, each, undefined));
    const extra = fc
      .tuple(whole, fc.constantFrom(...names, ...KEYS), fc.constantFrom('1', 'null', '{}', '"admin"'))
      .map(([text, key, value]) => twice(text, key, value));
    const nested = whole.map((text) => list([text]));
    return fc.oneof(odd, missing, extra, nested, ...changed.flatMap((each) => [each, each]));
  }
}

/** The schemas of which a value satisfies one; undefined for a schema of one kind. */
function variantsOf({ oneOf, anyOf, type, ...rest }: Json): Json[] | undefined {
  if (oneOf ?? anyOf) return (oneOf ?? anyOf) as Json[];
  return Array.isArray(type) ? type.map((each: string) => ({ ...rest, type: each })) : undefined;
}

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'id',
  'role',
  'version',
  '',
  '\ud800',
  '\0',
  'a/b~c',
];

/** What breaks things most often. */
const LIKELY: JsonText[] = ['null', '"a\\u0000b"', '"a\\ud800b"', '1e400', '2147483648', '""', '{}', '[]'];

const ODD: JsonText[] = [
  ...['null', 'true', '[]', '{}', '[[]]', '[null]', '{"__proto__":{"role":"admin"}}', '{"length":1}', '{"toString":1}'],
  ...['0', '-0', '-1', '1.5', '1e-7', '1e400', '-1e400', '9007199254740993', '2147483648', '-2147483649', '1E2', '1e0'],
  ...['""', '"1"', '"1e400"', '"0"', '"true"', '"2026-02-30T00:00:00Z"', '"+275760-09-13T00:00:00.001Z"'],
  ...['"275760-01-01T00:00:00Z"', '"0000-01-01T00:00:00Z"', '"2026-01-01"', '"9999-12-31T23:59:60Z"'],
  ...['"\\u0000"', '"\\ud800"', '"\\udfff\\ud800"', '"00000000-0000-0000-0000-000000000000"'],
  ...['"ZZZ"', '"JPY"', '"gbp"', '"-0.01"', '"10000000000.00"', '"9999999999.99"', '"0.001"', '"1,00"', '"１２"'],
  `"${'x'.repeat(10_001)}"`,
  `${'['.repeat(31)}${']'.repeat(31)}`,
  ...NAUGHTY_STRINGS.filter((text) => text.length < 1_000).map((text) => JSON.stringify(text)),
];

function boundaries({ minimum, maximum, minLength, maxLength }: Json): JsonText[] {
  const numbers = [minimum, minimum - 1, maximum, maximum + 1].filter((each) => Number.isFinite(each));
  const lengths = [minLength, minLength - 1, maxLength, maxLength + 1].filter((each) => each >= 0);
  return [
    ...numbers.map(String),
    ...lengths.flatMap((n) => ['x', '😀', '\u0301'].map((c) => JSON.stringify(c.repeat(n)))),
  ];
}

const list = (texts: JsonText[]): JsonText => `[${texts.join(',')}]`;
const objectOf = (members: [string, JsonText][]): JsonText =>
  `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;

/** Reads an object's members as the text that they are. */
function withMember(text: JsonText, name: string, member: JsonText | undefined): JsonText {
  const others = Object.entries(JSON.parse(text) as object).filter(([key]) => key !== name);
  const kept = others.map(([key, value]): [string, JsonText] => [key, JSON.stringify(value)]);
  return objectOf(member === undefined ? kept : [...kept, [name, member]]);
}

const twice = (text: JsonText, key: string, value: JsonText): JsonText =>
  `${text.slice(0, -1)}${text === '{}' ? '' : ','}${JSON.stringify(key)}:${value}}`;
