import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { getMetadataStorage, ValidationTypes } from 'class-validator';
import fc, { type Arbitrary } from 'fast-check';
import { ApiModule } from '../../apps/api/src/api.module';
import { compiledOf } from '../../libs/http/src/fields/compiled';
import { shapeOf } from '../../libs/http/src/fields/shape';
import { checkedByLibraries } from '../../libs/http/src/fields/validation';

type Dto = Type<object>;
const CONDITIONAL: string = ValidationTypes.CONDITIONAL_VALIDATION;

const rulesOf = (dto: Dto) => getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
const metadata = <T>(key: string, ...of: [object, string?]): T[] =>
  (Reflect.getMetadata as (key: string, ...of: [object, string?]) => T[] | undefined)(key, ...of) ?? [];

/** The module and those that it imports, however deep. */
function modulesOf(module: Type | DynamicModule, seen = new Set<Type>()): Set<Type> {
  const type = 'module' in module ? module.module : module;
  if (seen.has(type)) return seen;
  seen.add(type);
  for (const each of metadata<Type | DynamicModule>('imports', type)) modulesOf(each, seen);
  return seen;
}

/** The classes of all bodies and queries that the controllers of the API take. */
function requestDtos(): Dto[] {
  const controllers = [...modulesOf(ApiModule)].flatMap((module) => metadata<Type<object>>('controllers', module));
  const dtos = controllers.flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype).flatMap((method) => {
      const documented = metadata<{ in: string; type: Dto }>('swagger/apiParameters', prototype as object, method);
      if (method === 'constructor') return [];
      const handler = (prototype as Record<string, object>)[method];
      const bodies = [...documented, ...metadata<{ in: string; type: Dto }>('swagger/apiParameters', handler)];
      return [
        ...metadata<Dto>('design:paramtypes', prototype as object, method),
        ...bodies.filter((each) => each.in === 'body').map(({ type }) => type),
      ];
    }),
  );
  return [...new Set(dtos)].filter((each) => typeof each === 'function' && rulesOf(each).length > 0);
}

const TEXTS = [
  ...['a', ' Ann ', 'LANTERN-7', 'ordering.*', '2026-11-28', 'GBP', 'XXX', '12.50', '0.001', '7', 'true', '\u{1F600}'],
  ...['ann@example.com', 'https://example.com/x', '2026-11-28T10:00:00Z', 'correct horse battery staple'],
];
const ODD = [null, true, 0, -1, 1.5, 1e300, '', ' ', 'x'.repeat(300), [], {}, [[]], [null], { a: 1 }, '__proto__'];

/** Of the kind that the property's rules ask for, near the bounds that they set. */
function likelyValue(dto: Dto, name: string): Arbitrary<unknown> {
  const rules = rulesOf(dto).filter(({ propertyName }) => propertyName === name);
  const has = (rule: string) => rules.some((each) => each.name === rule);
  const first = <T>(rule: string) => rules.find((each) => each.name === rule)?.constraints[0] as T | undefined;
  const nested = shapeOf(dto).get(name)?.nested;
  const pattern = first<RegExp>('matches');
  const kinds: Arbitrary<unknown>[] = [
    ...(nested ? [bodyOf(nested)] : []),
    ...(has('isUuid') ? [fc.uuid(), fc.uuid().map((id) => id.toUpperCase())] : []),
    ...(has('isInt')
      ? [fc.integer({ min: (first<number>('min') ?? 0) - 1, max: (first<number>('max') ?? 9) + 1 })]
      : []),
    ...(name === 'country' ? [fc.constantFrom('GB', 'DE', 'JP', 'ZZ')] : []),
    ...(has('isBoolean') ? [fc.boolean(), fc.constant('true')] : []),
    ...(has('isIn') ? [fc.constantFrom(...first<unknown[]>('isIn')!)] : []),
    ...(pattern && !pattern.unicode ? [fc.stringMatching(pattern)] : []),
  ];
  const one = kinds.length ? fc.oneof(...kinds) : fc.constantFrom(...TEXTS);
  return has('isArray') ? fc.array(one, { maxLength: 3 }) : one;
}

/** A body with the properties that a DTO must have and some of the others; sometimes one is odd, missing or unknown. */
function bodyOf(dto: Dto): Arbitrary<object> {
  const names = [...shapeOf(dto).keys()];
  const optional = new Set(
    rulesOf(dto)
      .filter(({ type }) => type === CONDITIONAL)
      .map(({ propertyName }) => propertyName),
  );
  const likely = Object.fromEntries(names.map((name) => [name, likelyValue(dto, name)]));
  const usual = fc.record(likely, { requiredKeys: names.filter((name) => !optional.has(name)) });
  const odd = fc.oneof(fc.constantFrom<unknown>(...ODD, ...TEXTS), fc.constant(undefined), ...Object.values(likely));
  const name = fc.constantFrom(...names, ...names, 'toString', 'constructor', 'admin', ' ');
  return fc.oneof(
    usual,
    fc.tuple(usual, name, odd).map(([body, key, value]) => ({ ...body, [key]: value })),
  );
}

describe('the DTO of a request', () => {
  const dtos = requestDtos();
  let accepted = 0;

  it('is found at each route that takes one', () => {
    expect(dtos.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['PlaceOrderDto', 'FulfilOrderDto', 'PageDto']),
    );
    expect(dtos.length).toBeGreaterThan(25);
  });

  it.each(dtos.map((dto) => [dto.name, dto] as const))('%s is checked as the libraries check it', (_name, dto) => {
    const compiled = compiledOf(dto);
    if (!compiled) throw new Error('It has a decorator that is not compiled.');
    fc.assert(
      fc.property(bodyOf(dto), (body) => {
        const text = JSON.stringify(body);
        const library = checkedByLibraries(JSON.parse(text) as object, dto);
        const ours = compiled.create(JSON.parse(text) as object);
        if (ours) accepted++;
        expect(ours !== undefined).toBe(library.errors.length === 0);
        if (ours) expect(ours).toStrictEqual(library.dto);
      }),
      { numRuns: 150 },
    );
  });

  it('is compared with many good bodies, and not with refusals only', () => {
    expect(accepted).toBeGreaterThan(10 * dtos.length);
  });
});
