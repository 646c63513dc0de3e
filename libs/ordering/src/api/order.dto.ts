import { ApiProperty } from '@nestjs/swagger';
import { MOST_LINES } from '@holdfast/shared-kernel';
import { IsId, IsMoney, IsQuantity, IsText, MoneyDto, Optional, PageDto } from '@holdfast/http';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsObject, ValidateNested } from 'class-validator';
import type { PlaceOrder } from '../application/order-placement.service';
import type { RefundOrder } from '../application/order-refunds.service';
import type { OrderFilter } from '../application/order.queries';
import type { OrderLineView, OrderPaymentView, OrderTransitionView, OrderView } from '../application/order.views';
import { ORDER_STATUSES, type OrderStatus, PAYMENT_STATUSES, type PaymentStatus } from '../domain/order-status';

export class OrderItemDto {
  @IsId()
  productId!: string;

  @IsQuantity(1, { example: 2 })
  quantity!: number;
}

export class PlaceOrderDto implements PlaceOrder {
  /** 1 to 100 lines; lines that name one product twice are summed. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_LINES)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => OrderItemDto)
  @ApiProperty({ maxItems: MOST_LINES })
  items!: OrderItemDto[];

  /** The total you showed the customer: when prices have changed since, nothing happens and the answer is `price-changed`. */
  @Optional()
  @IsMoney()
  expectedTotal?: MoneyDto;
}

export class OrderLineDto implements OrderLineView {
  @ApiProperty({ format: 'uuid' })
  productId!: string;
  /** @example "85123A" */
  sku!: string;
  /** As it was when ordered. @example "White hanging heart t-light holder" */
  name!: string;
  @ApiProperty({ type: 'integer', example: 2 })
  quantity!: number;
  /** As it was when ordered. */
  unitPrice!: MoneyDto;
  subtotal!: MoneyDto;
}

export class OrderPaymentDto implements OrderPaymentView {
  @ApiProperty({ enum: PAYMENT_STATUSES, example: 'pending' })
  status!: PaymentStatus;
  /** @example "stripe" */
  provider!: string;
  /** What your app finishes the payment with, while it is pending, at providers that have such a thing. */
  clientSecret?: string;
}

export class OrderDto implements OrderView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** For people; programs use `id`. @example "20261121-7K3M9-QXW2A" */
  number!: string;
  @ApiProperty({ format: 'uuid' })
  customerId!: string;
  @ApiProperty({ enum: ORDER_STATUSES, example: 'reserved' })
  status!: OrderStatus;
  items!: OrderLineDto[];
  total!: MoneyDto;
  /** Null as long as no payment provider has it. */
  @ApiProperty({ type: OrderPaymentDto, nullable: true })
  payment!: OrderPaymentDto | null;
  /** What admins have given back. */
  refunded!: MoneyDto;
  /** Counts the changes; the ETag is this number in quotes. */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;
  @ApiProperty({ format: 'date-time' })
  placedAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

export class RefundOrderDto implements RefundOrder {
  /** All that is left when it is not given. */
  @Optional()
  @IsMoney()
  amount?: MoneyDto;

  /** For the history. @example "arrived broken" */
  @IsText(1, 200)
  reason!: string;

  /** Whether the goods of an order that is refunded in full come back to stock; they do unless you say no. */
  @Optional()
  @IsBoolean()
  restock?: boolean;
}

export class OrderListDto {
  items!: OrderDto[];
  /** Give it as `cursor` for the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class OrderFilterDto extends PageDto implements OrderFilter {
  @Optional()
  @IsIn(ORDER_STATUSES)
  @ApiProperty({ enum: ORDER_STATUSES, required: false })
  status?: OrderStatus;

  /** Admins only: a customer's list is always his own. */
  @Optional()
  @IsId()
  @ApiProperty({ format: 'uuid', required: false })
  customerId?: string;
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
