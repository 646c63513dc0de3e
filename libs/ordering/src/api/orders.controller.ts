import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { InsufficientStock, ProductNotOrderable } from '@holdfast/catalog';
import { type CurrentCustomer, CustomerSearch, LoggedIn } from '@holdfast/identity';
import {
  ApiAnswerHeaders,
  ApiGroup,
  ApiProblems,
  BodyLimit,
  etagOf,
  EXAMPLE_ID,
  Idempotent,
  IdParam,
  NoBody,
  OpenToKeys,
  pounds,
  rateLimit,
  RateLimit,
  Revalidated,
} from '@holdfast/http';
import { InvalidCursor } from '@holdfast/platform';
import { AmountOutOfRange, CurrenciesMixed, Money } from '@holdfast/shared-kernel';
import { AddressRequired, ShippingMethodRequired, ShippingMethodUnavailable } from '@holdfast/pricing';
import type { FastifyReply } from 'fastify';
import { OrderCancellation } from '../application/order-cancellation.service';
import { OrderPlacement } from '../application/order-placement.service';
import { OrderQueries } from '../application/order.queries';
import {
  AddressUnknown,
  OrderLimitExceeded,
  OrderNotCancellable,
  OrderNotFound,
  Overloaded,
  PriceChanged,
  TotalNotPayable,
  UnitLimitExceeded,
  UnpaidOrderLimitReached,
  UnpaidUnitsLimitExceeded,
} from '../domain/ordering.errors';
import { OrderDto, OrderFilterDto, OrderListDto, OrderTransitionDto, PlaceOrderDto } from './order.dto';

/** The rate limit of placing orders, directly and by the checkout of a cart. */
export const ORDERS = rateLimit('orders', 'RATE_LIMIT_ORDERS_PER_MINUTE');

/** The refusals of an address and of a shipping method. */
export const DELIVERY_PROBLEMS = [
  new AddressUnknown(),
  new AddressRequired(),
  new ShippingMethodRequired(),
  new ShippingMethodUnavailable('express'),
];

@ApiGroup('Orders', 'Place, follow and cancel orders.')
@Controller('v1/orders')
@BodyLimit(32_768)
export class OrdersController {
  constructor(
    private readonly placement: OrderPlacement,
    private readonly cancellation: OrderCancellation,
    private readonly orders: OrderQueries,
    private readonly customers: CustomerSearch,
  ) {}

  /**
   * Place an order
   * @remarks The order gets the stock of all its lines, or nothing happens. Until it is paid or canceled, it counts
   * among the unpaid orders and units that you may have (`unpaid-order-limit`, `unpaid-units-limit`).
   * Repeat it with the same `Idempotency-Key` after a timeout or a 503: the order is placed once.
   */
  @Post()
  @RateLimit(ORDERS)
  @Idempotent('orders.place')
  @ApiAnswerHeaders('Location')
  @ApiProblems(
    new InsufficientStock([{ productId: EXAMPLE_ID, requested: 2, available: 1 }]),
    new PriceChanged(pounds('5.10'), pounds('5.90')),
    new UnitLimitExceeded(EXAMPLE_ID, 5, 2, 4),
    new OrderLimitExceeded('units of a product', 50, 51, EXAMPLE_ID),
    new UnpaidOrderLimitReached(5, 5),
    new UnpaidUnitsLimitExceeded(500, 50, 460, 0),
    new ProductNotOrderable([EXAMPLE_ID]),
    new CurrenciesMixed('GBP', 'EUR'),
    new AmountOutOfRange(),
    new TotalNotPayable(Money.parse({ amount: '10.005', currency: 'KWD' })),
    ...DELIVERY_PROBLEMS,
    new Overloaded(12),
  )
  async placeOrder(
    @Body() body: PlaceOrderDto,
    @LoggedIn() customer: CurrentCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDto> {
    const order = await this.placement.place(body, customer.id, customer.role);
    void reply.header('location', `/v1/orders/${order.id}`);
    return order;
  }

  /**
   * List orders, newest first
   * @remarks Customers see their own orders, admins all orders. Filters may be combined.
   */
  @Get()
  @OpenToKeys('orders:read')
  @ApiProblems(new InvalidCursor())
  async listOrders(@Query() filter: OrderFilterDto, @LoggedIn() customer: CurrentCustomer): Promise<OrderListDto> {
    const isSearch = customer.role === 'admin' && filter.q !== undefined;
    const customersFound = isSearch ? await this.customers.idsOf(filter.q!) : [];
    return this.orders.list({ ...filter, customersFound }, customer);
  }

  /** Get an order */
  @Get(':id')
  @OpenToKeys('orders:read')
  @Revalidated()
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

  /**
   * Get the history of an order
   * @remarks Every change of its status, oldest first, with its cause.
   */
  @Get(':id/history')
  @OpenToKeys('orders:read')
  @ApiProblems(new OrderNotFound())
  getOrderHistory(
    @Param('id', IdParam) id: string,
    @LoggedIn() customer: CurrentCustomer,
  ): Promise<OrderTransitionDto[]> {
    return this.orders.history(id, customer);
  }

  /**
   * Cancel an unpaid order
   * @remarks Its stock is available to others at once. A paid order is refunded by an admin instead.
   */
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
}
