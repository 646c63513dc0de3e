import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import {
  AdminOnly,
  ApiGroup,
  ApiProblems,
  BodyLimit,
  EXAMPLE_ID,
  Idempotent,
  IdParam,
  OptionalBody,
  pounds,
} from '@holdfast/http';
import {
  NothingToRefund,
  OrderDisputed,
  OrderDto,
  OrderNotFound,
  OrderNotFulfillable,
  OrderNotRefundable,
  RefundByAmountAndItems,
  RefundExceedsOrder,
  RefundTooLarge,
  RestockWithoutEffect,
  ReturnExceedsShipment,
  ReturnWindowOver,
} from '@holdfast/ordering';
import { CurrenciesMixed } from '@holdfast/shared-kernel';
import { GoodsReturns } from '../application/goods-returns.service';
import { type FulfilOrder, Shipping } from '../application/shipping.service';
import { FulfilOrderDto, RefundOrderDto, RequestReturnDto, ReturnDto } from './fulfilment.dto';

@ApiGroup('Orders')
@Controller('v1/orders')
@BodyLimit(32_768)
export class OrderDeliveryController {
  constructor(
    private readonly shipping: Shipping,
    private readonly returns: GoodsReturns,
  ) {}

  /**
   * Ship all that is left of an order
   * @remarks A repeated call changes nothing. While the customer's bank disputes the payment, and after it was lost,
   * the order is refused with `order-disputed` unless `force` is true.
   */
  @Post(':id/fulfil')
  @AdminOnly()
  @HttpCode(200)
  @ApiBody({ type: FulfilOrderDto, required: false })
  @ApiProblems(new OrderNotFound(), new OrderNotFulfillable('reserved'), new OrderDisputed())
  fulfilOrder(
    @Param('id', IdParam) id: string,
    @Body(OptionalBody(FulfilOrderDto)) body: FulfilOrder,
  ): Promise<OrderDto> {
    return this.shipping.fulfil(id, body);
  }

  /**
   * Refund an order
   * @remarks Refunds units, an amount, or all that is left. Units that have not left come first: they are not shipped
   * any more, and come back to stock unless `restock` is false. A refund of everything before anything has left cancels
   * the order. What has left comes back to stock only by a return.
   */
  @Post(':id/refunds')
  @AdminOnly()
  @Idempotent('orders.refund')
  @ApiProblems(
    new OrderNotFound(),
    new OrderNotRefundable('reserved'),
    new RefundTooLarge(pounds('60.00'), pounds('50.00')),
    new RefundExceedsOrder([{ productId: EXAMPLE_ID, requested: 2, refundable: 1 }]),
    new RefundByAmountAndItems(),
    new NothingToRefund(),
    new RestockWithoutEffect('fulfilled'),
    new CurrenciesMixed('GBP', 'EUR'),
  )
  refundOrder(
    @Param('id', IdParam) id: string,
    @Body() body: RefundOrderDto,
    @LoggedIn() admin: CurrentCustomer,
  ): Promise<OrderDto> {
    return this.shipping.refund(id, body, admin.id);
  }

  /**
   * Ask to return goods
   * @remarks Possible for units that have left, within RETURN_WINDOW from the last shipment of the order. The money
   * comes back once the goods are received.
   */
  @Post(':id/returns')
  @Idempotent('returns.request')
  @ApiProblems(
    new OrderNotFound(),
    new ReturnExceedsShipment([{ productId: EXAMPLE_ID, requested: 2, returnable: 1 }]),
    new ReturnWindowOver(new Date('2026-12-21T10:00:00.000Z')),
  )
  requestReturn(
    @Param('id', IdParam) id: string,
    @Body() body: RequestReturnDto,
    @LoggedIn() customer: CurrentCustomer,
  ): Promise<ReturnDto> {
    return this.returns.request(id, body, customer);
  }
}
