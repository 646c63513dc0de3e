import { type ArgumentMetadata, type ValidationError, ValidationPipe } from '@nestjs/common';
import { validateSync } from 'class-validator';
import { type FieldError, problems } from './http-problem';

const RULES = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true };

/** What is wrong with an instance of a DTO that did not come as a JSON body, by the same rules. */
export const fieldErrorsOf = (dto: object): FieldError[] =>
  validateSync(dto, RULES).flatMap((error) => fieldErrors(error));

/** Checks bodies, queries and path parameters against their DTO; lists every bad field at once; refuses unknown ones. */
export class Validation extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      ...RULES,
      validationError: { target: false, value: false },
      exceptionFactory: (errors: ValidationError[]) =>
        problems.validationFailed(errors.flatMap((error) => fieldErrors(error))),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Given by a decorator of ours, not by the client.
    if (metadata.type === 'custom') return value;
    const isDto = metadata.metatype !== undefined && metadata.metatype !== Object;
    if (metadata.type === 'body' && isDto && (typeof value !== 'object' || value === null || Array.isArray(value)))
      throw problems.malformedBody('The body must be a JSON object.');
    const borrowed = borrowedNames(value);
    if (borrowed.length) throw problems.validationFailed(borrowed);
    return super.transform(value, metadata) as Promise<unknown>;
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
