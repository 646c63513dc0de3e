import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { MAX_QUANTITY } from '@holdfast/shared-kernel';
import { AMOUNT, IsId, IsMoney, IsQuantity, IsText, MoneyDto, Optional, PageDto, QueryBoolean } from '@holdfast/http';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  NotEquals,
  Validate,
  ValidateIf,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { type AdjustStock, type ChangeProduct, type CreateProduct } from '../application/catalogue.service';
import { PRODUCT_SORTS, type ProductFilter, type ProductSort } from '../application/product-list';
import type { ProductCategory, ProductView, StockMovementView } from '../application/product.views';
import type { MovementKind } from '../domain/stock-movement';

/** May be left out, or null. */
export const OrNull = () => ValidateIf((_object, value) => value !== undefined && value !== null);

const IsExternalId = () =>
  applyDecorators(
    IsText(1, 128),
    Matches(/^\P{Cc}+$/u, { message: 'externalId must be without control characters' }),
    ApiProperty({ type: 'string', minLength: 1, maxLength: 128, nullable: true, required: false, example: 'erp-4711' }),
  );

/** What a product may have: null, with which it begins, for nothing of the kind. */
class ProductExtrasDto {
  /** The most units that one customer may have in orders; null for any number. @example 5 */
  @OrNull()
  @IsQuantity(1, { nullable: true, required: false, example: 5 })
  unitLimit?: number | null;

  /** Where it stands; null for nowhere. */
  @OrNull()
  @IsId()
  @ApiProperty({ nullable: true, required: false })
  categoryId?: string | null;

  /** What another system calls it: unique among products that are not retired; null for nothing. @example "erp-4711" */
  @OrNull()
  @IsExternalId()
  externalId?: string | null;

  /**
   * When an order or an admin brings the units on hand down to so many, or to fewer, that is told by the event
   * `catalog.stock-low`; null for never. @example 5
   */
  @OrNull()
  @IsQuantity(0, { nullable: true, required: false, example: 5 })
  lowStockThreshold?: number | null;
}

export class CreateProductDto extends ProductExtrasDto implements CreateProduct {
  /** Unique among products that are not retired. @example "85123A" */
  @IsText(1, 64)
  @Matches(/^[\x21-\x7e]+$/, { message: 'sku must be printable ASCII without blanks' })
  sku!: string;

  /** @example "White hanging heart t-light holder" */
  @IsText(1, 255)
  name!: string;

  /** @example "Wood, 15 cm" */
  @Optional()
  @IsText(0, 10_000)
  description?: string;

  @IsMoney()
  price!: MoneyDto;

  /** Units on hand to begin with. @example 40 */
  @Optional()
  @IsQuantity(0, { default: 0, required: false, example: 40 })
  stock?: number;

  /** On sale? */
  @Optional()
  @IsBoolean()
  @ApiProperty({ default: true, required: false })
  active?: boolean;
}

/** Every property may be left out, and then stays as it is. */
export class ChangeProductDto extends ProductExtrasDto implements ChangeProduct {
  /** @example "85123A" */
  @Optional()
  @IsText(1, 64)
  @Matches(/^[\x21-\x7e]+$/, { message: 'sku must be printable ASCII without blanks' })
  sku?: string;

  /** @example "White hanging heart t-light holder" */
  @Optional()
  @IsText(1, 255)
  name?: string;

  /** @example "Wood, 15 cm" */
  @Optional()
  @IsText(0, 10_000)
  description?: string;

  @Optional()
  @IsMoney()
  price?: MoneyDto;

  /** Sets the units on hand, whatever they are; use a stock adjustment to compare first. @example 40 */
  @Optional()
  @IsQuantity(0, { required: false, example: 40 })
  stock?: number;

  /** On sale? */
  @Optional()
  @IsBoolean()
  active?: boolean;
}

export class ProductCategoryDto implements ProductCategory {
  @IsId()
  id!: string;
  /** @example "Decoration" */
  name!: string;
}

export class ProductDto implements ProductView {
  @IsId()
  id!: string;
  /** @example "85123A" */
  sku!: string;
  /** What another system calls it. @example "erp-4711" */
  @ApiProperty({ type: 'string', nullable: true, example: 'erp-4711' })
  externalId!: string | null;
  /** @example "White hanging heart t-light holder" */
  name!: string;
  /** @example "Wood, 15 cm" */
  description!: string;
  price!: MoneyDto;
  /** What a customer can still get: units on hand, less what customers have in their carts. Never below 0. @example 40 */
  @ApiProperty({ type: 'integer', example: 40 })
  stock!: number;
  /** Admins only: the units in the house, whether or not somebody has them in a cart. @example 43 */
  @ApiProperty({ type: 'integer', required: false, example: 43 })
  onHand?: number;
  /** The most units that one customer may have in orders; null for any number. @example 5 */
  @ApiProperty({ type: 'integer', nullable: true, example: 5 })
  unitLimit!: number | null;
  /** Admins only: so few units on hand are told by an event; null for no number. @example 5 */
  @ApiProperty({ type: 'integer', nullable: true, required: false, example: 5 })
  lowStockThreshold?: number | null;
  @ApiProperty({ type: ProductCategoryDto, nullable: true })
  category!: ProductCategoryDto | null;
  active!: boolean;
  /** Counts the changes; the ETag begins with it. @example 1 */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

export class ProductListDto {
  items!: ProductDto[];
  /** Give it as `cursor` for the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class ProductFilterDto extends PageDto implements ProductFilter {
  /** Part of the name, the SKU or the description, in any case. @example "heart" */
  @Optional()
  @IsString()
  @MaxLength(255)
  q?: string;

  /** A category: what stands in it, or in any under it. */
  @Optional()
  @IsId()
  @ApiProperty({ required: false })
  category?: string;

  /** The one product that another system calls so. @example "erp-4711" */
  @Optional()
  @IsString()
  @MaxLength(128)
  externalId?: string;

  /** @example "1.00" */
  @Optional()
  @IsString()
  @ApiProperty({ pattern: AMOUNT.source })
  @Matches(AMOUNT, { message: 'minPrice must be a decimal such as 1.50' })
  minPrice?: string;

  /** @example "9.99" */
  @Optional()
  @IsString()
  @ApiProperty({ pattern: AMOUNT.source })
  @Matches(AMOUNT, { message: 'maxPrice must be a decimal such as 9.99' })
  maxPrice?: string;

  /** Sold-out products are left out unless this is false (admins: unless it is true). */
  @QueryBoolean()
  inStock?: boolean;

  /** Admins only: others see what is on sale, whatever they ask. */
  @QueryBoolean()
  active?: boolean;

  @Optional()
  @IsIn(PRODUCT_SORTS)
  @ApiProperty({ enum: PRODUCT_SORTS, default: 'name', required: false })
  sort: ProductSort = 'name';
}

@ValidatorConstraint({ name: 'eitherDeltaOrOnHand' })
class EitherDeltaOrOnHand implements ValidatorConstraintInterface {
  validate(delta: unknown, { object }: ValidationArguments): boolean {
    const { onHand, expectedOnHand } = object as AdjustStockDto;
    return delta === undefined || (onHand === undefined && expectedOnHand === undefined);
  }

  defaultMessage(): string {
    return 'give either delta, or onHand with expectedOnHand';
  }
}

/** Either `delta`, or `onHand` with the `expectedOnHand` that it replaces. */
export class AdjustStockDto implements AdjustStock {
  /** Units more (or, negative, fewer). @example -3 */
  @ValidateIf(
    ({ delta, onHand, expectedOnHand }: AdjustStockDto) =>
      delta !== undefined || (onHand === undefined && expectedOnHand === undefined),
  )
  @IsInt()
  @Min(-MAX_QUANTITY)
  @Max(MAX_QUANTITY)
  @NotEquals(0)
  @Validate(EitherDeltaOrOnHand)
  @ApiProperty({ type: 'integer', required: false, example: -3 })
  delta?: number;

  /** The units that were counted. */
  @ValidateIf(({ onHand, expectedOnHand }: AdjustStockDto) => onHand !== undefined || expectedOnHand !== undefined)
  @IsInt()
  @Min(0)
  @Max(MAX_QUANTITY)
  @ApiProperty({ type: 'integer', minimum: 0, required: false })
  onHand?: number;

  /** The units you believe are booked: when they are not, nothing changes and the answer is `stock-changed`. */
  @ValidateIf(({ onHand, expectedOnHand }: AdjustStockDto) => onHand !== undefined || expectedOnHand !== undefined)
  @IsInt()
  @Min(0)
  @Max(MAX_QUANTITY)
  @ApiProperty({ type: 'integer', minimum: 0, required: false })
  expectedOnHand?: number;

  /** Why, for the ledger. @example "three broken in the warehouse" */
  @IsText(1, 255)
  reason!: string;
}

export class StockMovementDto implements StockMovementView {
  /** Null when stock already was as asked: nothing was written. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  id!: string | null;
  @ApiProperty({ format: 'uuid' })
  productId!: string;
  @ApiProperty({ enum: ['initial', 'adjustment', 'order-placed', 'order-canceled'] })
  kind!: MovementKind;
  /** @example -3 */
  @ApiProperty({ type: 'integer', example: -3 })
  delta!: number;
  /** Units on hand once this was booked. @example 37 */
  @ApiProperty({ type: 'integer', example: 37 })
  balanceAfter!: number;
  /** Given by the admin; null for orders. */
  @ApiProperty({ type: 'string', nullable: true, example: 'three broken in the warehouse' })
  reason!: string | null;
  /** The customer or admin who caused it. */
  @ApiProperty({ format: 'uuid' })
  actorId!: string;
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  orderId!: string | null;
  @ApiProperty({ format: 'date-time' })
  at!: string;
}

export class StockMovementListDto {
  items!: StockMovementDto[];
  /** Give it as `cursor` for the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
