import { ApiProperty } from '@nestjs/swagger';
import {
  IsItems,
  OrderItemDto,
  OrderReturnDto,
  RETURN_STATUSES,
  type ReturnStatus,
  ShipmentDto,
} from '@holdfast/ordering';
import { AddressDto, IsId, IsMoney, IsQuantity, IsText, MoneyDto, Optional, PageDto } from '@holdfast/http';
import { IsBoolean, IsIn, IsUrl, MaxLength } from 'class-validator';
import type { RefundOrder } from '@holdfast/ordering';
import type { FulfilmentFilter, FulfilmentView, ReturnFilter } from '../application/fulfilment.queries';
import type { ReceiveReturn, RequestReturn, ReturnView } from '../application/goods-returns.service';
import type { FulfilOrder, ShipItems, ShipmentView } from '../application/shipping.service';
import { FULFILMENT_STATUSES, type FulfilmentStatus } from '../domain/fulfilment';

export class FulfilOrderDto implements FulfilOrder {
  /** Ships the order although the customer's bank disputes its payment. */
  @Optional()
  @IsBoolean()
  force?: boolean;
}

export class ShipItemsDto extends FulfilOrderDto implements ShipItems {
  /** What leaves; all that is left unless given. */
  @Optional()
  @IsItems(OrderItemDto)
  items?: OrderItemDto[];

  /** @example "Royal Mail" */
  @Optional()
  @IsText(1, 100)
  carrier?: string;

  /** @example "RM123456789GB" */
  @Optional()
  @IsText(1, 100)
  trackingNumber?: string;

  /** Page of the carrier that shows where the parcel is, for the customer. @example "https://track.example/RM123456789GB" */
  @Optional()
  @IsUrl({ protocols: ['https'], require_protocol: true })
  @MaxLength(2_048)
  @ApiProperty({ format: 'uri', pattern: '^https://', maxLength: 2_048, required: false })
  trackingUrl?: string;
}

export class OrderShipmentDto extends ShipmentDto implements ShipmentView {
  @ApiProperty({ format: 'uuid' })
  orderId!: string;
}

export class ItemToShipDto {
  @ApiProperty({ format: 'uuid' })
  productId!: string;
  /** @example "85123A" */
  sku!: string;
  /** @example "White hanging heart t-light holder" */
  name!: string;
  /** Units ordered. */
  @ApiProperty({ type: 'integer', example: 3 })
  quantity!: number;
  /** Units that have left. */
  @ApiProperty({ type: 'integer', example: 1 })
  shipped!: number;
  /** Units that are to be shipped: neither shipped nor refunded before. */
  @ApiProperty({ type: 'integer', example: 2 })
  left!: number;
}

export class FulfilmentDto implements FulfilmentView {
  /** The id of the order. */
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  orderId!: string;
  @ApiProperty({ enum: FULFILMENT_STATUSES, example: 'open' })
  status!: FulfilmentStatus;
  /** Where the goods go; null for an order without an address, or whose account is closed. */
  @ApiProperty({ type: AddressDto, nullable: true })
  shipTo!: AddressDto | null;
  items!: ItemToShipDto[];
  @ApiProperty({ format: 'date-time' })
  openedAt!: string;
}

export class FulfilmentListDto {
  items!: FulfilmentDto[];
  /** Send it as `cursor` for the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class FulfilmentFilterDto extends PageDto implements FulfilmentFilter {
  @Optional()
  @IsIn(FULFILMENT_STATUSES)
  @ApiProperty({ enum: FULFILMENT_STATUSES, required: false })
  status?: FulfilmentStatus;

  @Optional()
  @IsId()
  @ApiProperty({ format: 'uuid', required: false })
  orderId?: string;
}

export class RefundedItemDto {
  @IsId()
  productId!: string;

  @IsQuantity(1, { example: 1 })
  quantity!: number;

  /** Whether the units come back to stock; true unless given. Only for units that have not left. */
  @Optional()
  @IsBoolean()
  restock?: boolean;
}

export class RefundOrderDto implements RefundOrder {
  /** Defaults to the price of the items, or to all that is left of what was paid. Not together with `items`. */
  @Optional()
  @IsMoney()
  amount?: MoneyDto;

  /** Units to pay back: of each product those first that have not left, which are then not to be shipped. */
  @Optional()
  @IsItems(RefundedItemDto)
  items?: RefundedItemDto[];

  /** Reason, shown in the history of the order. @example "arrived broken" */
  @IsText(1, 200)
  reason!: string;

  /**
   * Whether the goods come back to stock; true unless given. Allowed only in the refund of all that is left before
   * anything has left, and not together with `items`, which have their own.
   */
  @Optional()
  @IsBoolean()
  restock?: boolean;
}

export class RequestReturnDto implements RequestReturn {
  @IsItems(OrderItemDto)
  items!: OrderItemDto[];

  /** Reason, for the shop. @example "too small" */
  @IsText(1, 500)
  reason!: string;
}

export class ArrivedItemDto {
  @IsId()
  productId!: string;

  /** Units that are for sale again. */
  @Optional()
  @IsQuantity(0, { required: false, default: 0, example: 1 })
  restock?: number;

  /** Units that cannot be sold. */
  @Optional()
  @IsQuantity(0, { required: false, default: 0, example: 0 })
  writeOff?: number;
}

export class ReceiveReturnDto implements ReceiveReturn {
  /** What came back; products that are not named did not. */
  @IsItems(ArrivedItemDto)
  items!: ArrivedItemDto[];

  /** Defaults to the price of the units that came back, less those that are refunded already; 0 for nothing. */
  @Optional()
  @IsMoney()
  refund?: MoneyDto;
}

export class RejectReturnDto {
  /** Reason, which the customer reads. @example "The goods are worn." */
  @IsText(1, 500)
  reason!: string;
}

export class ReturnDto extends OrderReturnDto implements ReturnView {
  @ApiProperty({ format: 'uuid' })
  orderId!: string;
  @ApiProperty({ format: 'uuid' })
  customerId!: string;
}

export class ReturnListDto {
  items!: ReturnDto[];
  /** Send it as `cursor` for the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class ReturnFilterDto extends PageDto implements ReturnFilter {
  @Optional()
  @IsIn(RETURN_STATUSES)
  @ApiProperty({ enum: RETURN_STATUSES, required: false })
  status?: ReturnStatus;
}
