import { ApiProperty } from '@nestjs/swagger';
import { ProductImageDto } from '@holdfast/catalog';
import { DeliveryDto, IsItems } from '@holdfast/ordering';
import { type ProductQuantity } from '@holdfast/shared-kernel';
import { IsId, IsMoney, IsQuantity, MoneyDto, OneFormOf, Optional } from '@holdfast/http';
import {
  Validate,
  ValidateIf,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import type { CheckOut } from '../application/cart-checkout.service';
import type { CartLineView, CartView } from '../application/cart.views';

@ValidatorConstraint({ name: 'eitherItemsOrOne' })
class EitherItemsOrOne implements ValidatorConstraintInterface {
  validate(_items: unknown, { object }: ValidationArguments): boolean {
    const { productId, quantity } = object as AddToCartDto;
    return productId === undefined && quantity === undefined;
  }

  defaultMessage(): string {
    return 'send either items, or productId with quantity';
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
@OneFormOf(['productId', 'quantity'], ['items'])
export class AddToCartDto {
  @ValidateIf(isOne)
  @IsId()
  @ApiProperty({ required: false })
  productId?: string;

  /** Units to add to those in the cart. @example 2 */
  @ValidateIf(isOne)
  @IsQuantity(1, { required: false, example: 2 })
  quantity?: number;

  /** Several products: all are added, or none. */
  @Optional()
  @IsItems(CartItemDto)
  @Validate(EitherItemsOrOne)
  items?: CartItemDto[];
}

/** The items of either form. */
export const itemsOf = ({ productId, quantity, items }: AddToCartDto): ProductQuantity[] =>
  items ?? [{ productId: productId!, quantity: quantity! }];

export class SetQuantityDto {
  /** New number of units in the cart; 0 removes the product. @example 3 */
  @IsQuantity(0, { example: 3 })
  quantity!: number;
}

export class CheckoutDto extends DeliveryDto implements CheckOut {
  /** The `total` that the customer saw. When it has changed since, the order is refused with `price-changed`. */
  @Optional()
  @IsMoney()
  expectedTotal?: MoneyDto;
}

export class CartLineDto implements CartLineView {
  @ApiProperty({ format: 'uuid' })
  productId!: string;
  /** The current name. @example "White hanging heart t-light holder" */
  name!: string;
  /** The current first image of the product. */
  @ApiProperty({ type: ProductImageDto, nullable: true })
  image!: ProductImageDto | null;
  @ApiProperty({ type: 'integer', example: 2 })
  quantity!: number;
  /** The current price; an order takes the price at its own time. */
  unitPrice!: MoneyDto;
  /** Null for a sum above 9999999999.99. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  subtotal!: MoneyDto | null;
  /**
   * Units held for the customer until `expiresAt`: all of `quantity`, or 0 once the hold has expired or was used up by
   * an order. Any change of the cart holds them again, if there is enough. A line without a hold can be checked out
   * while its units are `available`.
   */
  @ApiProperty({ type: 'integer', example: 2 })
  held!: number;
  /** Units that the customer can get now, own holds included; 0 for a product that is not on sale. @example 40 */
  @ApiProperty({ type: 'integer', example: 40 })
  available!: number;
  /**
   * When these units may be held again, after they were held for `CART_HOLD_MAX`; null when they are not paused. They
   * can be checked out nevertheless.
   */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  pausedUntil!: string | null;
}

export class CartDto implements CartView {
  /** The lines in the order in which they were added. */
  items!: CartLineDto[];
  /** Null for an empty cart, for lines of several currencies, and for a sum above 9999999999.99. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  total!: MoneyDto | null;
  /**
   * When the first hold ends; any change of the cart extends all holds, at most to `CART_HOLD_MAX` from their
   * first hold. Null when nothing is held.
   */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  expiresAt!: string | null;
}
