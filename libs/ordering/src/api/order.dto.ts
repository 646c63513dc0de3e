import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ProductImageDto } from '@holdfast/catalog';
import { MOST_LINES } from '@holdfast/shared-kernel';
import { AddressDto, IsAddress, IsId, IsMoney, IsQuantity, IsText, MoneyDto, Optional, PageDto } from '@holdfast/http';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsISO8601,
  IsObject,
  Matches,
  Validate,
  ValidateNested,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import type { Delivery, PlaceOrder } from '../application/order-placement.service';
import type { OrderFilter } from '../application/order.queries';
import type {
  OrderLineView,
  OrderPaymentView,
  OrderTransitionView,
  OrderView,
  TaxView,
} from '../application/order.views';
import {
  type OrderReturn,
  RETURN_STATUSES,
  type ReturnedItem,
  type ReturnStatus,
  type Shipment,
} from '../domain/delivery';
import { ORDER_STATUSES, type OrderStatus, PAYMENT_STATUSES, type PaymentStatus } from '../domain/order-status';

/** 1 to 100 objects of this class. */
export const IsItems = (type: new () => object) =>
  applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(MOST_LINES),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(() => type),
    ApiProperty({ type: [type], minItems: 1, maxItems: MOST_LINES }),
  );

export class OrderItemDto {
  @IsId()
  productId!: string;

  @IsQuantity(1, { example: 2 })
  quantity!: number;
}

@ValidatorConstraint({ name: 'eitherShipToOrAddressId' })
class EitherAddress implements ValidatorConstraintInterface {
  validate(_addressId: unknown, { object }: ValidationArguments): boolean {
    return (object as Delivery).shipTo === undefined;
  }

  defaultMessage(): string {
    return 'send either shipTo or addressId';
  }
}

/** Where an order goes, and how. */
export class DeliveryDto implements Delivery {
  /** Where the goods go. Send it or `addressId`, and one of them where the shop has shipping methods. */
  @Optional()
  @IsAddress()
  shipTo?: AddressDto;

  /** An address of your address book, which the order copies. */
  @Optional()
  @IsId()
  @Validate(EitherAddress)
  @ApiProperty({ required: false })
  addressId?: string;

  /** Code of a shipping method; needed where the shop has any. @example "standard" */
  @Optional()
  @IsText(1, 40)
  @ApiProperty({ required: false })
  shippingMethod?: string;
}

export class PlaceOrderDto extends DeliveryDto implements PlaceOrder {
  /** 1 to 100 lines; the quantities of lines with the same product are summed. */
  @IsItems(OrderItemDto)
  items!: OrderItemDto[];

  /** The `total` that the customer saw. When it has changed since, the order is refused with `price-changed`. */
  @Optional()
  @IsMoney()
  expectedTotal?: MoneyDto;
}

export class OrderLineDto implements OrderLineView {
  @ApiProperty({ format: 'uuid' })
  productId!: string;
  /** @example "85123A" */
  sku!: string;
  /** The name at the time of the order. @example "White hanging heart t-light holder" */
  name!: string;
  /** The product's first image at the time of the order. */
  @ApiProperty({ type: ProductImageDto, nullable: true })
  image!: ProductImageDto | null;
  @ApiProperty({ type: 'integer', example: 2 })
  quantity!: number;
  /** The price at the time of the order. */
  unitPrice!: MoneyDto;
  subtotal!: MoneyDto;
  /** Units that have left. */
  @ApiProperty({ type: 'integer', example: 1 })
  shipped!: number;
  /** Units that are paid back. */
  @ApiProperty({ type: 'integer', example: 0 })
  refunded!: number;
  /** Units that came back. */
  @ApiProperty({ type: 'integer', example: 0 })
  returned!: number;
}

export class ShippedItemDto {
  @ApiProperty({ format: 'uuid' })
  productId!: string;
  @ApiProperty({ type: 'integer', example: 1 })
  quantity!: number;
}

export class ShipmentDto implements Shipment {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  items!: ShippedItemDto[];
  @ApiProperty({ type: 'string', nullable: true, example: 'Royal Mail' })
  carrier!: string | null;
  @ApiProperty({ type: 'string', nullable: true, example: 'RM123456789GB' })
  trackingNumber!: string | null;
  /** Page of the carrier that shows where the parcel is. */
  @ApiProperty({ type: 'string', nullable: true, example: 'https://track.example/RM123456789GB' })
  trackingUrl!: string | null;
  @ApiProperty({ format: 'date-time' })
  shippedAt!: string;
}

export class ReturnedItemDto implements ReturnedItem {
  @ApiProperty({ format: 'uuid' })
  productId!: string;
  /** Units that the customer asked to return. */
  @ApiProperty({ type: 'integer', example: 1 })
  quantity!: number;
  /** Units that came back and are for sale again. */
  @ApiProperty({ type: 'integer', example: 1 })
  restocked!: number;
  /** Units that came back and cannot be sold. */
  @ApiProperty({ type: 'integer', example: 0 })
  writtenOff!: number;
}

export class OrderReturnDto implements OrderReturn {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ enum: RETURN_STATUSES, example: 'requested' })
  status!: ReturnStatus;
  items!: ReturnedItemDto[];
  /** The customer's reason. @example "too small" */
  reason!: string;
  /** Why the return was rejected; only then. @example "worn" */
  rejectReason?: string;
  @ApiProperty({ format: 'date-time' })
  requestedAt!: string;
}

export class OrderPaymentDto implements OrderPaymentView {
  @ApiProperty({ enum: PAYMENT_STATUSES, example: 'pending' })
  status!: PaymentStatus;
  /** @example "stripe" */
  provider!: string;
  /** Secret with which your app finishes the payment; only while it is pending, and only at providers that need one. */
  clientSecret?: string;
  /** Page on which your customer approves the payment; only while it is pending, at providers that have one. */
  approvalUrl?: string;
}

export class OrderTaxDto implements TaxView {
  amount!: MoneyDto;
  /** Whether `subtotal` and `shipping` contain the tax. */
  inclusive!: boolean;
}

export class OrderDto implements OrderView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** Number for people to read out; programs use `id`. @example "20261121-7K3M9-QXW2A" */
  number!: string;
  @ApiProperty({ format: 'uuid' })
  customerId!: string;
  @ApiProperty({ enum: ORDER_STATUSES, example: 'reserved' })
  status!: OrderStatus;
  items!: OrderLineDto[];
  /** Sum of the lines. */
  subtotal!: MoneyDto;
  shipping!: MoneyDto;
  /** Code of the shipping method. */
  @ApiProperty({ type: 'string', nullable: true, example: 'standard' })
  shippingMethod!: string | null;
  tax!: OrderTaxDto;
  /** `subtotal` and `shipping`, plus the tax where they do not contain it. */
  total!: MoneyDto;
  /** Where the goods go: a copy, which does not change with the address book. */
  @ApiProperty({ type: AddressDto, nullable: true })
  shipTo!: AddressDto | null;
  /** Null until a payment provider has the payment. */
  @ApiProperty({ type: OrderPaymentDto, nullable: true })
  payment!: OrderPaymentDto | null;
  /** Sum of all refunds. */
  refunded!: MoneyDto;
  /** What has left, oldest first. */
  @ApiProperty({ type: [ShipmentDto] })
  shipments!: readonly ShipmentDto[];
  /** What is asked to come back, oldest first. */
  @ApiProperty({ type: [OrderReturnDto] })
  returns!: readonly OrderReturnDto[];
  /** True while the customer's bank disputes the payment, and after it was lost. */
  disputed!: boolean;
  /** Number of the last change; the ETag is this number in quotes. */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;
  @ApiProperty({ format: 'date-time' })
  placedAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

export class OrderListDto {
  items!: OrderDto[];
  /** Send it as `cursor` for the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$/;

/** A date, which is its first moment in UTC, or a date and time with its zone. */
const IsMoment = () =>
  applyDecorators(
    IsISO8601({ strict: true }),
    Matches(MOMENT, { message: '$property must be a date, or a date and time with its zone' }),
    ApiProperty({ format: 'date-time', required: false }),
  );

export class OrderFilterDto extends PageDto implements OrderFilter {
  @Optional()
  @IsIn(ORDER_STATUSES)
  @ApiProperty({ enum: ORDER_STATUSES, required: false })
  status?: OrderStatus;

  /** Order number, or its beginning: `202611` finds all orders of that month. */
  @Optional()
  @IsText(1, 20)
  @ApiProperty({ required: false })
  number?: string;

  /** Finds orders placed at this moment or later. Encode a `+` as `%2B`. */
  @Optional()
  @IsMoment()
  placedAfter?: string;

  /** Finds orders placed before this moment. Encode a `+` as `%2B`. */
  @Optional()
  @IsMoment()
  placedBefore?: string;

  /** Finds orders with a line of this product. */
  @Optional()
  @IsId()
  @ApiProperty({ format: 'uuid', required: false })
  productId?: string;

  /** Only for admins; ignored for customers, who see their own orders. */
  @Optional()
  @IsId()
  @ApiProperty({ format: 'uuid', required: false })
  customerId?: string;

  /** An order number, its beginning, or a customer's username or e-mail address. For admins; ignored for customers. */
  @Optional()
  @IsText(1, 254)
  @ApiProperty({ required: false })
  q?: string;
}

export class OrderTransitionDto implements OrderTransitionView {
  /** @example "created" */
  from!: string;
  /** @example "reserved" */
  to!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  /** @example "placed" */
  cause!: string;
}
