import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { type FieldError, problems } from '@holdfast/platform';

const RULES = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true };
const NO_DTO: unknown[] = [String, Number, Boolean, Array, Object];

/** What is wrong with an instance of a DTO. */
export const fieldErrorsOf = (dto: object): FieldError[] =>
  validateSync(dto, RULES).flatMap((error) => fieldErrors(error));

/**
 * Makes a DTO of a body, a query or path parameters, and checks it; lists every bad field at once; refuses unknown ones.
 * Nest's own pipe does the same with several times the work: it also looks for what cannot be in JSON.
 */
export class Validation implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    // Given by a decorator of ours, not by the client; or a text, which has a pipe of its own.
    if (type === 'custom' || !metatype || NO_DTO.includes(metatype)) return value;
    if (type === 'body' && (typeof value !== 'object' || value === null || Array.isArray(value)))
      throw problems.malformedBody('The body must be a JSON object.');
    const borrowed = borrowedNames(value);
    if (borrowed.length) throw problems.validationFailed(borrowed);
    const dto = plainToInstance(metatype, value ?? {}) as object;
    const errors = fieldErrorsOf(dto);
    if (errors.length) throw problems.validationFailed(errors);
    return dto;
  }
}

function fieldErrors({ property, constraints, children }: ValidationError, parent = ''): FieldError[] {
  const pointer = `${parent}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.entries(constraints ?? {}).map(([name, detail]) => ({ pointer, code: codeOf(name), detail }));
  return [...own, ...(children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

/** class-validator takes these for properties that every object has, and lets them pass. */
function borrowedNames(value: unknown, parent = ''): FieldError[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name in Object.prototype
      ? [{ pointer: `${parent}/${name}`, code: 'unknown-property', detail: `property ${name} should not exist` }]
      : borrowedNames(member, `${parent}/${name}`),
  );
}

/** `isInt` to `is-int`; a property the DTO does not have is `unknown-property`. */
const codeOf = (constraint: string): string =>
  constraint === 'whitelistValidation'
    ? 'unknown-property'
    : constraint.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
