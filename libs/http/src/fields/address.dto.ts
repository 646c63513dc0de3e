import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { Address } from '@holdfast/shared-kernel';
import { Transform, Type } from 'class-transformer';
import { IsISO31661Alpha2, IsObject, IsString, Length, Matches, MaxLength, ValidateNested } from 'class-validator';
import { IsText, Optional } from './fields.dto';

/** ISO 3166-1 alpha-2, in any case, converted to upper case. */
export const IsCountry = () =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toUpperCase() : value)),
    IsString(),
    Length(2, 2),
    IsISO31661Alpha2({ message: '$property must be a country code of ISO 3166-1 alpha-2, such as GB' }),
    ApiProperty({ type: 'string', minLength: 2, maxLength: 2, example: 'GB' }),
  );

/** Where goods go. */
export class AddressDto implements Address {
  /** Name of the person or company that receives. @example "Ann Lee" */
  @IsText(1, 100)
  name!: string;

  /** Street and number. @example "12 Mill Lane" */
  @IsText(1, 100)
  line1!: string;

  /** @example "Flat 3" */
  @Optional()
  @IsText(1, 100)
  @ApiProperty({ required: false })
  line2?: string;

  /** @example "Leeds" */
  @IsText(1, 100)
  city!: string;

  /** State, county or province. @example "West Yorkshire" */
  @Optional()
  @IsText(1, 100)
  @ApiProperty({ required: false })
  region?: string;

  /** @example "LS1 4AP" */
  @IsText(1, 20)
  postalCode!: string;

  /** ISO 3166-1 alpha-2. @example "GB" */
  @IsCountry()
  country!: string;

  /** Digits, spaces and `+ ( ) . / -`. @example "+44 113 496 0000" */
  @Optional()
  @IsString()
  @MaxLength(32)
  @Matches(/^\+?[0-9 ()./-]{3,31}$/, { message: 'phone must be a telephone number such as +44 113 496 0000' })
  phone?: string;
}

/** A property that holds one address. */
export const IsAddress = () =>
  applyDecorators(
    IsObject(),
    ValidateNested(),
    Type(() => AddressDto),
  );
