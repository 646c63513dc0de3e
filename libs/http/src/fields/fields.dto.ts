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

/** Allows a property to be absent. Unlike class-validator's IsOptional, it refuses null. */
export const Optional = () => ValidateIf((_object, value) => value !== undefined);

const lowerCase = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** A UUID in any case, converted to lower case, as the database returns it. */
export const IsId = () =>
  applyDecorators(
    Transform(({ value }) => lowerCase(value)),
    IsUUID(),
    ApiProperty({ type: 'string', format: 'uuid', example: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44' }),
  );

@ValidatorConstraint({ name: 'characters' })
class CharacterCount implements ValidatorConstraintInterface {
  validate(text: unknown, { constraints: [min, max] }: ValidationArguments): boolean {
    if (typeof text !== 'string') return true; // the other rule reports it
    const count = text.length > 4 * (max as number) ? Infinity : [...text].length;
    return count >= (min as number) && count <= (max as number);
  }

  defaultMessage({ property, constraints: [min, max] }: ValidationArguments): string {
    return `${property} must have ${min} to ${max} characters`;
  }
}

/** Text, trimmed, with its length counted in code points, as PostgreSQL counts. */
export const IsText = (min: number, max: number) =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value)),
    IsString(),
    Validate(CharacterCount, [min, max]),
    ApiProperty({ type: 'string', minLength: min, maxLength: max }),
  );

/** Units of a product. `options` goes to the OpenAPI document. */
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

/** Checks an id in a path, whatever its parameter's name. */
@Injectable()
export class IdParam implements PipeTransform<string, string> {
  transform(value: string, { data = 'id' }: Pick<ArgumentMetadata, 'data'> = {}): string {
    if (isUUID(value)) return value.toLowerCase();
    throw problems.validationFailed([{ pointer: `/${data}`, code: 'is-uuid', detail: `${data} must be a UUID` }]);
  }
}

/** Refuses a body that is not empty. */
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

/** The page of a list that is requested. */
export class PageDto {
  /** The most items in the answer. */
  @Optional()
  @Transform(({ value }: { value: unknown }) => (/^\d{1,3}$/.test(String(value)) ? Number(value) : value))
  @IsInt()
  @Min(1)
  @Max(100)
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 100, default: 20, required: false })
  limit: number = 20;

  /** The `nextCursor` of the previous page, with the same filters and sort. */
  @Optional()
  @IsString()
  @MaxLength(2048)
  cursor?: string;
}
