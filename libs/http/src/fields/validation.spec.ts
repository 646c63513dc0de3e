import { Exclude, Expose, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  registerDecorator,
  ValidateNested,
  ValidatePromise,
} from 'class-validator';
import * as validator from 'class-validator';
import type { HttpProblem } from '@holdfast/platform';
import { compiledOf } from './compiled';
import { Validation } from './validation';

class Part {
  @IsInt()
  count!: number;
}

class Thing {
  @IsString()
  name!: string;

  @IsArray()
  @ArrayMaxSize(3)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => Part)
  parts!: Part[];

  @IsArray()
  @IsString({ each: true })
  tags!: string[];
}

const GOOD = { name: 'a', parts: [{ count: 1 }], tags: ['x'] };
const transform = (value: unknown) => new Validation().transform(value, { type: 'body', metatype: Thing });

function errorsOf(value: unknown): string[] {
  try {
    transform(value);
    return [];
  } catch (error) {
    const { errors } = (error as HttpProblem).members as { errors: { pointer: string; code: string }[] };
    return errors.map(({ pointer, code }) => `${pointer} ${code}`);
  }
}

describe('validation', () => {
  it('makes instances of DTOs, and of the DTOs in them', () => {
    const thing = transform(GOOD) as Thing;
    expect([thing.constructor, thing.parts[0].constructor]).toEqual([Thing, Part]);
    expect(thing).toEqual(GOOD);
  });

  it.each([
    ['an unknown property', { ...GOOD, other: 1 }, ['/other unknown-property']],
    [
      'an inherited name',
      JSON.parse('{"toString": 1, "name": "a", "parts": [], "tags": []}'),
      ['/toString unknown-property'],
    ],
    ['an unknown property below', { ...GOOD, parts: [{ count: 1, x: 1 }] }, ['/parts/0/x unknown-property']],
    ['a name with a slash and a tilde', { ...GOOD, 'a/b~c': 1 }, ['/a~1b~0c unknown-property']],
    ['an over-long array', { ...GOOD, parts: Array(4).fill({ count: 1 }) }, ['/parts array-max-size']],
    ['an array without a maximum', { ...GOOD, tags: Array(101).fill('x') }, ['/tags array-max-size']],
    [
      'several bad fields at once',
      { name: 1, parts: [{ count: 'x' }], tags: [1], x: 1 },
      [...['/x unknown-property', '/name is-string', '/parts/0/count is-int', '/tags is-string']],
    ],
    ['an object where text belongs', { ...GOOD, name: { a: { b: 1 } } }, ['/name is-string']],
    ['an array where an object belongs', { ...GOOD, parts: [[{ count: 1 }]] }, ['/parts is-object']],
  ])('names %s', (_what, value, errors) => {
    expect(errorsOf(value)).toEqual(errors);
  });

  it.each([
    ['unknown keys', Object.fromEntries(Array.from({ length: 32_000 }, (_, i) => [`key ${i}`, i]))],
    ['empty elements', { ...GOOD, parts: Array.from({ length: 80_000 }, () => ({})) }],
    ['elements of an array of text', { ...GOOD, tags: Array.from({ length: 80_000 }, () => ({ a: {} })) }],
    ['unknown keys below', { ...GOOD, parts: [Object.fromEntries(Array.from({ length: 32_000 }, (_, i) => [i, i]))] }],
    ['objects where text belongs', { ...GOOD, name: Array.from({ length: 80_000 }, () => ({})) }],
    ['one long key', { ...GOOD, ['k'.repeat(200_000)]: 1 }],
  ])('does work for what a DTO holds, however many %s there are', (_what, value) => {
    let size = Infinity;
    let errors = Infinity;
    const checked: object[] = [];
    const validate = validator.validateSync;
    const spy = jest.spyOn(validator, 'validateSync').mockImplementation(((dto: object, rules: object) => {
      checked.push(dto);
      return validate(dto, rules);
    }) as typeof validate);
    try {
      transform(value);
    } catch (error) {
      const { members } = error as HttpProblem;
      [size, errors] = [JSON.stringify(members).length, (members['errors'] as object[]).length];
    } finally {
      spy.mockRestore();
    }
    expect(errors).toBeLessThanOrEqual(50);
    expect(size).toBeLessThan(10_000);
    expect(checked).toHaveLength(1);
    expect(JSON.stringify(checked).length).toBeLessThan(2_000);
  });
});

describe('compiling a DTO', () => {
  const asynchronous: PropertyDecorator = (prototype, propertyName) =>
    registerDecorator({
      ...{ name: 'later', target: prototype.constructor, propertyName: String(propertyName), async: true },
      validator: { validate: () => Promise.resolve(true) },
    });
  const decorated = (...decorators: PropertyDecorator[]) => {
    class Dto {
      name?: string;
    }
    for (const decorate of decorators) decorate(Dto.prototype, 'name');
    return Dto;
  };

  it('takes the rules of a property together', () => {
    const dto = compiledOf(decorated(IsString(), IsIn(['a', 'b'])));
    expect([{ name: 'a' }, { name: 'c' }, { name: 1 }, {}].map((value) => dto?.create(value))).toEqual([
      { name: 'a' },
      ...[undefined, undefined, undefined],
    ]);
  });

  it.each([
    ['no rule', []],
    ['a rule that takes time', [asynchronous]],
    ['a promise', [IsString(), ValidatePromise()]],
    ['a condition of a single rule', [IsString({ validateIf: () => false })]],
    ['a property under another name', [IsString(), Expose({ name: 'title' })]],
    ['a property left out', [IsString(), Exclude()]],
    ['a type without its rules', [IsString(), Type(() => String)]],
    ['an object of no class', [IsObject(), ValidateNested()]],
    ['an object without rules', [IsObject(), ValidateNested(), Type(() => class Bare {})]],
    [
      'a choice of classes',
      [ValidateNested(), Type(() => Part, { discriminator: { property: 'kind', subTypes: [] } })],
    ],
  ])('leaves %s to the libraries', (_what, decorators: PropertyDecorator[]) => {
    expect(compiledOf(decorated(...decorators))).toBeUndefined();
  });

  it('leaves a DTO that contains itself to the libraries', () => {
    class Node {
      @ValidateNested()
      @Type(() => Node)
      next?: Node;
    }
    expect(compiledOf(Node)).toBeUndefined();
    expect(new Validation().transform({ next: {} }, { type: 'body', metatype: Node })).toEqual({ next: {} });
  });
});
