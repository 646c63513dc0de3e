import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { InsufficientStock, ProductNotOrderable } from '@holdfast/catalog';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import {
  ApiGroup,
  AdminOnly,
  ApiProblems,
  etagOf,
  IdParam,
  Idempotent,
  NoBody,
  OpenToKeys,
  RateLimit,
  rateLimit,
} from '@holdfast/http';
import { InvalidCursor } from '@holdfast/platform';
import { AmountOutOfRange, CurrenciesMixed, Money } from '@holdfast/shared-kernel';
import type { FastifyReply } from 'fastify';
import { OrderCancellation } from '../application/order-cancellation.service';
import { OrderFulfilment } from '../application/order-fulfilment.service';
import { OrderPlacement } from '../application/order-placement.service';
import { OrderRefunds } from '../application/order-refunds.service';
import { OrderQueries } from '../application/order.queries';
import {
  NothingToRefund,
  OrderNotCancellable,
  OrderNotFound,
  OrderNotFulfillable,
  OrderNotRefundable,
  PriceChanged,
  RefundTooLarge,
  UnitLimitExceeded,
} from '../domain/ordering.errors';
import { OrderDto, OrderFilterDto, OrderListDto, OrderTransitionDto, PlaceOrderDto, RefundOrderDto } from './order.dto';

const PRODUCT = '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44';
const pounds = (amount: string) => Money.parse({ amount, currency: 'GBP' });

/** The rate limit that placing an order counts under, here and at the checkout. */
export const ORDERS = rateLimit('orders', 'RATE_LIMIT_ORDERS_PER_MINUTE');

@ApiGroup('Orders', 'Place, follow and cancel orders; as an admin, fulfil and refund them.')
@Controller('v1/orders')
export class OrdersController {
  constructor(
    private readonly placement: OrderPlacement,
    private readonly cancellation: OrderCancellation,
    private readonly fulfilment: OrderFulfilment,
    private readonly refunds: OrderRefunds,
    private readonly orders: OrderQueries,
  ) {}

  /** Place an order: all lines get their stock, or nothing happens. */
  @Post()
  @RateLimit(ORDERS)
  @Idempotent('orders.place')
  @ApiProblems(
    new InsufficientStock([{ productId: PRODUCT, requested: 2, available: 1 }]),
    new PriceChanged(pounds('5.10'), pounds('5.90')),
    new UnitLimitExceeded(PRODUCT, 5, 2, 4),
    new ProductNotOrderable([PRODUCT]),
    new CurrenciesMixed('GBP', 'EUR'),
    new AmountOutOfRange(),
  )
  async placeOrder(
    @Body() body: PlaceOrderDto,
    @LoggedIn() customer: CurrentCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDto> {
    const order = await this.placement.place(body, customer.id);
    void reply.header('location', `/v1/orders/${order.id}`);
    return order;
  }

  /** Your orders, newest first; admins see everybody's. */
  @Get()
  @OpenToKeys('orders:read')
  @ApiProblems(new InvalidCursor())
  listOrders(@Query() filter: OrderFilterDto, @LoggedIn() customer: CurrentCustomer): Promise<OrderListDto> {
    return this.orders.list(filter, customer);
  }

  /** One order. */
  @Get(':id')
  @OpenToKeys('orders:read')
  @ApiProblems(new OrderNotFound())
  async getOrder(
    @Param('id', IdParam) id: string,
    @LoggedIn() customer: CurrentCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDto> {
    const order = await this.orders.one(id, customer);
    void reply.header('etag', etagOf(order.version));
    return order;
  }

  /** How an order came to be where it is, oldest step first. */
  @Get(':id/history')
  @OpenToKeys('orders:read')
  @ApiProblems(new OrderNotFound())
  getOrderHistory(
    @Param('id', IdParam) id: string,
    @LoggedIn() customer: CurrentCustomer,
  ): Promise<OrderTransitionDto[]> {
    return this.orders.history(id, customer);
  }

  /** Cancel an order that is not paid yet: its stock is back at once. */
  @Post(':id/cancel')
  @HttpCode(200)
  @Idempotent('orders.cancel')
  @ApiProblems(new OrderNotFound(), new OrderNotCancellable('paid'))
  cancelOrder(
    @Param('id', IdParam) id: string,
    @Body(NoBody) _body: undefined,
    @LoggedIn() customer: CurrentCustomer,
  ): Promise<OrderDto> {
    return this.cancellation.cancel(id, customer);
  }

  /** Note that a paid order has left the house; repeated, it changes nothing. */
  @Post(':id/fulfil')
  @AdminOnly()
  @HttpCode(200)
  @ApiProblems(new OrderNotFound(), new OrderNotFulfillable('reserved'))
  fulfilOrder(@Param('id', IdParam) id: string, @Body(NoBody) _body: undefined): Promise<OrderDto> {
    return this.fulfilment.fulfil(id);
  }

  /** Give back some of what a customer has paid, or all of it: then the order is canceled, and its stock is back. */
  @Post(':id/refunds')
  @AdminOnly()
  @Idempotent('orders.refund')
  @ApiProblems(
    new OrderNotFound(),
    new OrderNotRefundable('reserved'),
    new RefundTooLarge(pounds('60.00'), pounds('50.00')),
    new NothingToRefund(),
    new CurrenciesMixed('GBP', 'EUR'),
  )
  refundOrder(
    @Param('id', IdParam) id: string,
    @Body() body: RefundOrderDto,
    @LoggedIn() admin: CurrentCustomer,
  ): Promise<OrderDto> {
    return this.refunds.refund(id, body, admin.id);
  }
}
