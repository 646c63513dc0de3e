import { ApiProperty } from '@nestjs/swagger';
import { MOST_LINES, type ProductQuantity } from '@holdfast/shared-kernel';
import { IsId, IsMoney, IsQuantity, MoneyDto, Optional } from '@holdfast/http';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsObject,
  Validate,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import type { CartLineView, CartView } from '../application/cart.views';

@ValidatorConstraint({ name: 'eitherItemsOrOne' })
class EitherItemsOrOne implements ValidatorConstraintInterface {
  validate(_items: unknown, { object }: ValidationArguments): boolean {
    const { productId, quantity } = object as AddToCartDto;
    return productId === undefined && quantity === undefined;
  }

  defaultMessage(): string {
    return 'give either items, or productId with quantity';
  }
}

const isOne = ({ items }: AddToCartDto): boolean => items === undefined;

export class CartItemDto implements ProductQuantity {
  @IsId()
  productId!: string;

  @IsQuantity(1, { example: 2 })
  quantity!: number;
}

/** Either `productId` with `quantity`, or `items`. */
export class AddToCartDto {
  @ValidateIf(isOne)
  @IsId()
  @ApiProperty({ required: false })
  productId?: string;

  /** Units to add to those that are in the cart already. @example 2 */
  @ValidateIf(isOne)
  @IsQuantity(1, { required: false, example: 2 })
  quantity?: number;

  /** Several products: all of them, or none. */
  @Optional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_LINES)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Validate(EitherItemsOrOne)
  @Type(() => CartItemDto)
  @ApiProperty({ maxItems: MOST_LINES })
  items?: CartItemDto[];
}

/** Whichever way they were given. */
export const itemsOf = ({ productId, quantity, items }: AddToCartDto): ProductQuantity[] =>
  items ?? [{ productId: productId!, quantity: quantity! }];

export class SetQuantityDto {
  /** Units that shall be in the cart; 0 takes the product out. @example 3 */
  @IsQuantity(0, { example: 3 })
  quantity!: number;
}

export class CheckoutDto {
  /** The total you showed the customer: when prices have changed since, nothing happens and the answer is `price-changed`. */
  @Optional()
  @IsMoney()
  expectedTotal?: MoneyDto;
}

export class CartLineDto implements CartLineView {
  @ApiProperty({ format: 'uuid' })
  productId!: string;
  /** As it is now. @example "White hanging heart t-light holder" */
  name!: string;
  @ApiProperty({ type: 'integer', example: 2 })
  quantity!: number;
  /** As it is now; an order is placed at the price of its moment. */
  unitPrice!: MoneyDto;
  /** Null where it would be more than 9999999999.99. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  subtotal!: MoneyDto | null;
  /**
   * Units that nobody else can have before `expiresAt`: all of `quantity`; or 0, when the hold has lapsed, or an order of
   * yours has used it up, or stock was cut. Any change to the cart takes it up again if there is enough. A line that
   * holds nothing can be checked out all the same, as long as it is `available`.
   */
  @ApiProperty({ type: 'integer', example: 2 })
  held!: number;
  /** The most you could have of it now, what you hold included; 0 when it is not on sale. @example 40 */
  @ApiProperty({ type: 'integer', example: 40 })
  available!: number;
}

export class CartDto implements CartView {
  /** In the order in which you put the products in. */
  items!: CartLineDto[];
  /** Null for an empty cart, and where the lines have no sum: of several currencies, or more than 9999999999.99. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  total!: MoneyDto | null;
  /** Until when the lines hold their stock; any change to the cart begins the time anew. Null when nothing is held. */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  expiresAt!: string | null;
}
