import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { type FieldError, problems } from '@holdfast/platform';
import { compiledOf } from './compiled';
import { escaped, trim } from './shape';

const RULES = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true };
const NO_DTO: unknown[] = [String, Number, Boolean, Array, Object];

/** The rules that an instance of a DTO breaks. */
export const fieldErrorsOf = (dto: object): FieldError[] =>
  validateSync(dto, RULES).flatMap((error) => fieldErrors(error));

/**
 * Makes a DTO of a body, a query or path parameters, and checks it; lists the bad fields together, 50 at most. Values
 * that keep every rule, which are nearly all, are checked by the compiled DTO. For the others unknown properties and
 * over-long arrays are cut off first, so that transforming and validating cost no more than a DTO can hold. Nest's own
 * pipe does neither, and several times the work.
 */
export class Validation implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    // A value that a decorator supplies, or a single text, which has a pipe of its own.
    if (type === 'custom' || !metatype || NO_DTO.includes(metatype)) return value;
    if (type === 'body' && (typeof value !== 'object' || value === null || Array.isArray(value)))
      throw problems.malformedBody('The body must be a JSON object.');
    const target = metatype as Type<object>;
    const good = compiledOf(target)?.create(value ?? {});
    if (good) return good;
    const { dto, errors } = checkedByLibraries(value ?? {}, target);
    if (errors.length) throw problems.validationFailed(errors);
    return dto;
  }
}

/** The DTO of the value, as class-transformer makes it, and the rules that it breaks, as class-validator words them. */
export function checkedByLibraries(value: object, metatype: Type<object>): { dto: object; errors: FieldError[] } {
  const { kept, errors } = trim(value, metatype);
  const dto = plainToInstance(metatype, kept);
  return { dto, errors: [...errors, ...fieldErrorsOf(dto)] };
}

/** A body that may be missing, and is checked as this DTO. */
export const OptionalBody = (metatype: Type<object>): PipeTransform => ({
  transform: (body: unknown) => new Validation().transform(body ?? {}, { type: 'body', metatype }),
});

function fieldErrors({ property, constraints, children }: ValidationError, parent = ''): FieldError[] {
  const pointer = `${parent}/${escaped(property)}`;
  const own = Object.entries(constraints ?? {}).map(([name, detail]) => ({ pointer, code: codeOf(name), detail }));
  return [...own, ...(children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

/** `isInt` to `is-int`; a property the DTO does not have is `unknown-property`. */
const codeOf = (constraint: string): string =>
  constraint === 'whitelistValidation'
    ? 'unknown-property'
    : constraint.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
