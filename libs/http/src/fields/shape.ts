import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import type { FieldError } from '@holdfast/platform';
import { MOST_ERRORS } from '@holdfast/platform/problems';

/** Elements of an array whose DTO states no maximum. */
const MOST_ELEMENTS = 100;

/** What a DTO declares for one of its properties. */
export interface Member {
  /** The DTO of the object, or of each element; undefined for a property that holds no objects. */
  nested?: ClassConstructor<object>;
  most: number;
}

const shapes = new Map<ClassConstructor<object>, ReadonlyMap<string, Member>>();

/** The properties of a DTO, read once from its validation rules. */
export function shapeOf(dto: ClassConstructor<object>): ReadonlyMap<string, Member> {
  const known = shapes.get(dto);
  if (known) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const shape = new Map<string, Member>();
  for (const { propertyName, type, name, constraints } of rules) {
    const member = shape.get(propertyName) ?? { most: MOST_ELEMENTS };
    shape.set(propertyName, member);
    if (name === 'arrayMaxSize') member.most = (constraints as [number])[0];
    if (type === 'nestedValidation') member.nested = nestedOf(dto, propertyName);
  }
  shapes.set(dto, shape);
  return shape;
}

/** The class that `@Type` names: what class-transformer makes of an object there. */
function nestedOf(dto: ClassConstructor<object>, property: string): ClassConstructor<object> {
  const instance = plainToInstance(dto, { [property]: [{}] }) as Record<string, object[]>;
  return instance[property][0].constructor as ClassConstructor<object>;
}

/**
 * Copies what the DTO has room for, and reports what was cut: unknown properties, and elements beyond an array's
 * maximum. An object where the DTO has none is copied empty, for its rule to refuse. Costs no more than reading
 * `value`.
 */
export function trim(value: object, dto: ClassConstructor<object>): { kept: object; errors: FieldError[] } {
  const errors: FieldError[] = [];
  return { kept: trimObject(value, dto, '', errors), errors };
}

function trimObject(value: object, dto: ClassConstructor<object>, parent: string, errors: FieldError[]): object {
  const shape = shapeOf(dto);
  const kept: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    if (errors.length >= MOST_ERRORS) break;
    const pointer = `${parent}/${escaped(shortened(name))}`;
    const member = shape.get(name);
    if (!member)
      errors.push({ pointer, code: 'unknown-property', detail: `property ${shortened(name)} should not exist` });
    else if (!Array.isArray(given)) kept[name] = trimValue(given, member, pointer, errors);
    else {
      const detail = `${name} must contain no more than ${member.most} elements`;
      if (given.length > member.most) errors.push({ pointer, code: 'array-max-size', detail });
      kept[name] = given
        .slice(0, member.most)
        .map((element: unknown, index) => trimValue(element, member, `${pointer}/${index}`, errors));
    }
  }
  return kept;
}

function trimValue(value: unknown, { nested }: Member, pointer: string, errors: FieldError[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return [];
  return nested ? trimObject(value, nested, pointer, errors) : {};
}

/** A name as a step of a JSON pointer. */
export const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** A client's own word, so of any length. */
const shortened = (name: string): string => (name.length > 100 ? `${name.slice(0, 100)}…` : name);
