import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Money, type MoneyView } from '@holdfast/shared-kernel';
import { Type } from 'class-transformer';
import {
  IsObject,
  IsString,
  Matches,
  MaxLength,
  Validate,
  ValidateNested,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

@ValidatorConstraint({ name: 'isMoney' })
class MoneyRule implements ValidatorConstraintInterface {
  validate(currency: unknown, { object }: ValidationArguments): boolean {
    const { amount } = object as { amount: unknown };
    if (typeof currency !== 'string' || typeof amount !== 'string') return true; // the other rules report it
    return !Money.isValid({ amount: '0', currency })
      ? false
      : Money.isValid({ amount, currency }) || !AMOUNT.test(amount);
  }

  defaultMessage(): string {
    return 'currency must be an ISO 4217 code, and amount may have no more digits than it, and be at most 9999999999.99';
  }
}

/** A decimal with at most three digits behind the point, as many as any currency has. */
export const AMOUNT = /^\d{1,10}(\.\d{1,3})?$/;

/** An amount of money: a decimal string, never a float. */
export class MoneyDto implements MoneyView {
  /** Decimal string with at most the digits of the currency in ISO 4217, at most 9999999999.99. @example "12.50" */
  @IsString()
  @MaxLength(14)
  @ApiProperty({ pattern: AMOUNT.source })
  @Matches(AMOUNT, { message: 'amount must be a decimal string such as "12.50", from 0 to 9999999999.99' })
  amount!: string;

  /** ISO 4217. @example "GBP" */
  @IsString()
  @MaxLength(3)
  @ApiProperty({ pattern: '^[A-Z]{3}$' })
  @Validate(MoneyRule)
  currency!: string;
}

/** A property that holds one amount of money, not a list of them. */
export const IsMoney = () =>
  applyDecorators(
    IsObject(),
    ValidateNested(),
    Type(() => MoneyDto),
  );
