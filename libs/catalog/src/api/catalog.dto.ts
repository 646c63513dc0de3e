import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { AMOUNT, IsId, IsMoney, IsQuantity, IsText, MoneyDto, Optional, PageDto, QueryBoolean } from '@holdfast/http';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsString,
  IsUrl,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { ChangeProduct, CreateProduct } from '../application/catalogue.service';
import { PRODUCT_SORTS, type ProductFilter, type ProductSort } from '../application/product-list';
import type { CategoryView, ChangeCategory, CreateCategory } from '../application/category.service';
import type { ListedProduct, ProductCategory, ProductView } from '../application/product.queries';

/** The property may be left out or null. */
export const OrNull = () => ValidateIf((_object, value) => value !== undefined && value !== null);

const IsExternalId = () =>
  applyDecorators(
    IsText(1, 128),
    Matches(/^\P{Cc}+$/u, { message: 'externalId must be without control characters' }),
    ApiProperty({ type: 'string', minLength: 1, maxLength: 128, nullable: true, required: false, example: 'erp-4711' }),
  );

const EXAMPLE_URL = 'https://images.example/lantern-7.jpg';
const EXAMPLE_ALT = 'A red lantern, lit';

export class GivenImageDto {
  /** An https URL. */
  @IsUrl({ protocols: ['https'], require_protocol: true })
  @MaxLength(2_048)
  @ApiProperty({ format: 'uri', pattern: '^https://', maxLength: 2_048, example: EXAMPLE_URL })
  url!: string;

  /** What the image shows, in words; null, the default, for none. */
  @OrNull()
  @IsText(0, 255)
  @ApiProperty({ nullable: true, required: false, example: EXAMPLE_ALT })
  alt?: string | null;
}

export class ProductImageDto {
  @ApiProperty({ format: 'uri', example: EXAMPLE_URL })
  url!: string;
  /** What the image shows, in words. */
  @ApiProperty({ type: 'string', nullable: true, example: EXAMPLE_ALT })
  alt!: string | null;
}

export const MOST_IMAGES = 10;

/** At most 10 images, the first of which stands for the product. */
const AreImages = () =>
  applyDecorators(
    Optional(),
    IsArray(),
    ArrayMaxSize(MOST_IMAGES),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(() => GivenImageDto),
    ApiProperty({ type: [GivenImageDto], maxItems: MOST_IMAGES, required: false }),
  );

/** Optional properties of a product; null, the default, for none. */
class ProductExtrasDto {
  /** The most units that one customer may have in orders; null for no limit. @example 5 */
  @OrNull()
  @IsQuantity(1, { nullable: true, required: false, example: 5 })
  unitLimit?: number | null;

  /** The category of the product; null for none. */
  @OrNull()
  @IsId()
  @ApiProperty({ nullable: true, required: false })
  categoryId?: string | null;

  /** The id in another system. Unique among products that are not retired; null for none. @example "erp-4711" */
  @OrNull()
  @IsExternalId()
  externalId?: string | null;

  /**
   * Stock that falls to this number of units, or below it, is announced by the event `catalog.stock-low`; null for no
   * announcement. @example 5
   */
  @OrNull()
  @IsQuantity(0, { nullable: true, required: false, example: 5 })
  lowStockThreshold?: number | null;
}

export class CreateProductDto extends ProductExtrasDto implements CreateProduct {
  /** Unique in any case among products that are not retired. @example "LANTERN-7" */
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

  /** The initial units on hand. An API key needs the scope `stock:write`. @example 40 */
  @Optional()
  @IsQuantity(0, { default: 0, required: false, example: 40 })
  stock?: number;

  /** Whether the product is on sale. */
  @Optional()
  @IsBoolean()
  @ApiProperty({ default: true, required: false })
  active?: boolean;

  /** At most 10 images at https URLs; lists, carts and orders show the first. */
  @AreImages()
  images?: GivenImageDto[];
}

/** A property that is left out stays as it is. */
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

  /**
   * Sets the units on hand, whatever they were; a stock adjustment compares first. An API key needs the scope
   * `stock:write`. @example 40
   */
  @Optional()
  @IsQuantity(0, { required: false, example: 40 })
  stock?: number;

  /** Whether the product is on sale. */
  @Optional()
  @IsBoolean()
  active?: boolean;

  /** Replaces all images; `[]` removes them. */
  @AreImages()
  images?: GivenImageDto[];
}

export class ProductCategoryDto implements ProductCategory {
  @IsId()
  id!: string;
  /** @example "Decoration" */
  name!: string;
}

/** A product as lists show it. */
export class ListedProductDto implements ListedProduct {
  @IsId()
  id!: string;
  /** @example "85123A" */
  sku!: string;
  /** The id in another system. @example "erp-4711" */
  @ApiProperty({ type: 'string', nullable: true, example: 'erp-4711' })
  externalId!: string | null;
  /** @example "White hanging heart t-light holder" */
  name!: string;
  /** @example "Wood, 15 cm" */
  description!: string;
  price!: MoneyDto;
  /** Units that a customer can still get: those on hand without those in carts, never below 0. @example 40 */
  @ApiProperty({ type: 'integer', example: 40 })
  stock!: number;
  /** For admins only: all units on hand, those in carts included. @example 43 */
  @ApiProperty({ type: 'integer', required: false, example: 43 })
  onHand?: number;
  /** The most units that one customer may have in orders; null for no limit. @example 5 */
  @ApiProperty({ type: 'integer', nullable: true, example: 5 })
  unitLimit!: number | null;
  /** For admins only: the number of units at which stock is low; null for none. @example 5 */
  @ApiProperty({ type: 'integer', nullable: true, required: false, example: 5 })
  lowStockThreshold?: number | null;
  @ApiProperty({ type: ProductCategoryDto, nullable: true })
  category!: ProductCategoryDto | null;
  /** The first image; null for a product without images. */
  @ApiProperty({ type: ProductImageDto, nullable: true })
  image!: ProductImageDto | null;
  active!: boolean;
  /** Counts the changes of the product; its ETag begins with this number. @example 1 */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

export class ProductDto extends ListedProductDto implements ProductView {
  /** All images, the first of which is `image`. */
  images!: ProductImageDto[];
}

export class ProductListDto {
  items!: ListedProductDto[];
  /** The `cursor` of the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class GoneProductDto {
  @IsId()
  id!: string;
  @ApiProperty({ enum: [true] })
  gone!: true;
}

@ApiExtraModels(ProductDto, GoneProductDto)
export class ProductChangesDto {
  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ $ref: getSchemaPath(ProductDto) }, { $ref: getSchemaPath(GoneProductDto) }] },
  })
  items!: (ProductDto | GoneProductDto)[];
  /** The `cursor` of the next call, now or another day. */
  nextCursor!: string;
}

export class ProductFilterDto extends PageDto implements ProductFilter {
  /**
   * Words, in any order, each a part of the name, the SKU or the description. Case and accents do not count: `cafe`
   * finds `Café`. @example "heart"
   */
  @Optional()
  @IsString()
  @MaxLength(255)
  q?: string;

  /** A category: products in it, or in any category below it. */
  @Optional()
  @IsId()
  @ApiProperty({ required: false })
  category?: string;

  /** The id in another system. @example "erp-4711" */
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

  /** True for products in stock only, false for all. The default is true for customers and false for admins. */
  @QueryBoolean()
  inStock?: boolean;

  /** For admins only: products on sale (true) or off sale (false). Others see products on sale. */
  @QueryBoolean()
  active?: boolean;

  /** For admins only: true for products with at most `lowStockThreshold` units on hand, sold-out ones included. */
  @QueryBoolean()
  lowStock?: boolean;

  @Optional()
  @IsIn(PRODUCT_SORTS)
  @ApiProperty({ enum: PRODUCT_SORTS, default: 'name', required: false })
  sort: ProductSort = 'name';
}

export class CreateCategoryDto implements CreateCategory {
  /** Unique in any case among the categories of one parent. @example "Decoration" */
  @IsText(1, 100)
  name!: string;

  /** The parent category; null, the default, for the top. */
  @OrNull()
  @IsId()
  @ApiProperty({ nullable: true, required: false })
  parentId?: string | null;
}

/** A property that is left out stays as it is. */
export class ChangeCategoryDto implements ChangeCategory {
  /** @example "Decoration" */
  @Optional()
  @IsText(1, 100)
  name?: string;

  /** The new parent; all categories below move as well. Null for the top. */
  @OrNull()
  @IsId()
  @ApiProperty({ nullable: true, required: false })
  parentId?: string | null;
}

export class CategoryDto implements CategoryView {
  @IsId()
  id!: string;
  /** @example "Decoration" */
  name!: string;
  /** Null for a category at the top. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  parentId!: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

export class CategoryListDto {
  items!: CategoryDto[];
  /** The `cursor` of the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}
