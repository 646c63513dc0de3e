import { Injectable, type PipeTransform } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsMoney, IsText, MoneyDto, Optional } from '@holdfast/http';
import { problems } from '@holdfast/platform';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  isISO31661Alpha2,
  IsISO31661Alpha2,
  IsString,
  Matches,
  ValidateIf,
} from 'class-validator';
import type {
  CreateShippingMethod,
  ShippingMethodDetails,
  ShippingMethodView,
  TaxRateView,
} from '../application/pricing.service';
import { ShippingMethodNotFound } from '../domain/pricing.errors';
import type { TaxRate } from '../domain/tax-calculator';

const CODE = /^[a-z0-9][a-z0-9_-]{0,39}$/;
const RATE = /^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)$/;
const MOST_COUNTRIES = 250;

const OrNull = () => ValidateIf((_object, value) => value !== undefined && value !== null);

const upper = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((each: unknown) => (typeof each === 'string' ? each.toUpperCase() : each)) : value;

class BoundsDto {
  /** Shipping is free for orders whose `subtotal` is at least this; null for never. */
  @OrNull()
  @IsMoney()
  @ApiProperty({ type: MoneyDto, nullable: true, required: false })
  freeFrom?: MoneyDto | null;

  /** Countries that it ships to, by ISO 3166-1 alpha-2; null for all. @example ["GB", "IE"] */
  @OrNull()
  @Transform(({ value }) => upper(value))
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_COUNTRIES)
  @IsISO31661Alpha2({ each: true })
  @ApiProperty({ type: [String], nullable: true, required: false, maxItems: MOST_COUNTRIES, example: ['GB', 'IE'] })
  countries?: string[] | null;
}

export class ChangeShippingMethodDto extends BoundsDto implements Partial<ShippingMethodDetails> {
  /** @example "Standard, 2 to 4 days" */
  @Optional()
  @IsText(1, 100)
  @ApiProperty({ required: false })
  name?: string;

  @Optional()
  @IsMoney()
  price?: MoneyDto;
}

export class CreateShippingMethodDto extends BoundsDto implements CreateShippingMethod {
  /** Name of the method for programs: lower-case letters, digits, `-` and `_`. @example "standard" */
  @IsString()
  @Matches(CODE, { message: 'code must be 1 to 40 lower-case letters, digits, - and _' })
  @ApiProperty({ pattern: CODE.source })
  code!: string;

  /** @example "Standard, 2 to 4 days" */
  @IsText(1, 100)
  name!: string;

  @IsMoney()
  price!: MoneyDto;
}

export class ShippingMethodDto implements ShippingMethodView {
  /** @example "standard" */
  code!: string;
  /** @example "Standard, 2 to 4 days" */
  name!: string;
  price!: MoneyDto;
  /** Shipping is free for orders whose `subtotal` is at least this. */
  freeFrom?: MoneyDto;
  /** Countries that it ships to; all when it is left out. @example ["GB", "IE"] */
  countries?: string[];
}

export class SetTaxRateDto implements TaxRate {
  /** Per cent, with at most four digits behind the point, from 0 to 100. @example "20" */
  @IsString()
  @Matches(RATE, { message: 'rate must be a decimal string such as "8.875", from 0 to 100' })
  @ApiProperty({ pattern: RATE.source })
  rate!: string;

  /** Whether prices contain the tax, as in Europe; otherwise it comes on top, as in America. */
  @IsBoolean()
  inclusive!: boolean;
}

export class TaxRateDto implements TaxRateView {
  /** @example "GB" */
  country!: string;
  /** Per cent. @example "20" */
  rate!: string;
  inclusive!: boolean;
}

/** The code of a method in a path. */
@Injectable()
export class CodeParam implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!CODE.test(value)) throw new ShippingMethodNotFound();
    return value;
  }
}

/** A country in a path, in any case. */
@Injectable()
export class CountryParam implements PipeTransform<string, string> {
  transform(value: string): string {
    if (isISO31661Alpha2(value)) return value.toUpperCase();
    const detail = 'country must be a code of ISO 3166-1 alpha-2, such as GB';
    throw problems.validationFailed([{ pointer: '/country', code: 'is-iso31661-alpha-2', detail }]);
  }
}
