import { applyDecorators, type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { MAX_QUANTITY } from '@holdfast/shared-kernel';
import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsInt,
  IsString,
  IsUUID,
  isUUID,
  Max,
  MaxLength,
  Min,
  Validate,
  ValidateIf,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { problems } from '@holdfast/platform';

/** May be left out; unlike class-validator's IsOptional it does not let null through. */
export const Optional = () => ValidateIf((_object, value) => value !== undefined);

const lowerCase = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** An id: a UUID in any case, lower case from here on, as the database returns it. */
export const IsId = () =>
  applyDecorators(
    Transform(({ value }) => lowerCase(value)),
    IsUUID(),
    ApiProperty({ type: 'string', format: 'uuid', example: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44' }),
  );

@ValidatorConstraint({ name: 'characters' })
class CharacterCount implements ValidatorConstraintInterface {
  validate(text: unknown, { constraints: [min, max] }: ValidationArguments): boolean {
    if (typeof text !== 'string') return true; // said by the other rule
    const count = text.length > 4 * (max as number) ? Infinity : [...text].length;
    return count >= (min as number) && count <= (max as number);
  }

  defaultMessage({ property, constraints: [min, max] }: ValidationArguments): string {
    return `${property} must have ${min} to ${max} characters`;
  }
}

/** Text without blanks around it, counted in code points, as PostgreSQL does. */
export const IsText = (min: number, max: number) =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value)),
    IsString(),
    Validate(CharacterCount, [min, max]),
    ApiProperty({ type: 'string', minLength: min, maxLength: max }),
  );

/** Units of a product; what else the document says of them is in the options. */
export const IsQuantity = (
  min: 0 | 1,
  options: { required?: boolean; nullable?: boolean; default?: number; example?: number } = {},
) =>
  applyDecorators(
    IsInt(),
    Min(min),
    Max(MAX_QUANTITY),
    ApiProperty({ type: 'integer', minimum: min, maximum: MAX_QUANTITY, ...options }),
  );

/** The `{id}` of a path, whatever its name. */
@Injectable()
export class IdParam implements PipeTransform<string, string> {
  transform(value: string, { data = 'id' }: Pick<ArgumentMetadata, 'data'> = {}): string {
    if (isUUID(value)) return value.toLowerCase();
    throw problems.validationFailed([{ pointer: `/${data}`, code: 'is-uuid', detail: `${data} must be a UUID` }]);
  }
}

/** A request that takes nothing: no body, or an empty one. */
@Injectable()
export class NoBody implements PipeTransform<unknown, undefined> {
  transform(body: unknown): undefined {
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
    const names = isObject ? Object.keys(body) : [];
    if (body === undefined || (isObject && !names.length)) return undefined;
    if (!isObject) throw problems.malformedBody('The body must be a JSON object.');
    const detail = 'this request takes no body';
    throw problems.validationFailed(names.map((name) => ({ pointer: `/${name}`, code: 'unknown-property', detail })));
  }
}

/** `true` or `false` in a query. */
export const QueryBoolean = () =>
  applyDecorators(
    Optional(),
    Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value)),
    IsBoolean(),
  );

/** One page of a list. */
export class PageDto {
  /** How many items at most. */
  @Optional()
  @Transform(({ value }: { value: unknown }) => (/^\d{1,3}$/.test(String(value)) ? Number(value) : value))
  @IsInt()
  @Min(1)
  @Max(100)
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 100, default: 20, required: false })
  limit: number = 20;

  /** The `nextCursor` of the page before, with the same filters and sort. */
  @Optional()
  @IsString()
  @MaxLength(2048)
  cursor?: string;
}
