import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
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
  OpenToKeys,
  OptionalBody,
} from '@holdfast/http';
import { OrderDisputed, OrderNotFulfillable, ShipmentExceedsOrder } from '@holdfast/ordering';
import { InvalidCursor } from '@holdfast/platform';
import { FulfilmentQueries } from '../application/fulfilment.queries';
import { type ShipItems, Shipping } from '../application/shipping.service';
import { FulfilmentNotFound } from '../domain/fulfilment.errors';
import {
  FulfilmentDto,
  FulfilmentFilterDto,
  FulfilmentListDto,
  OrderShipmentDto,
  ShipItemsDto,
} from './fulfilment.dto';

@ApiGroup('Fulfilment', 'Ship paid orders, for admins and for warehouses.')
@Controller('v1/fulfilments')
@BodyLimit(32_768)
@AdminOnly()
@OpenToKeys('fulfilment:write')
export class FulfilmentsController {
  constructor(
    private readonly shipping: Shipping,
    private readonly fulfilments: FulfilmentQueries,
  ) {}

  /**
   * List fulfilments, oldest first
   * @remarks Every paid order has one: `open` until something leaves, `partial` while something is left, then `done`.
   */
  @Get()
  @ApiProblems(new InvalidCursor())
  listFulfilments(
    @Query() filter: FulfilmentFilterDto,
    @LoggedIn() caller: CurrentCustomer,
  ): Promise<FulfilmentListDto> {
    return this.fulfilments.list(filter, caller);
  }

  /** Get a fulfilment */
  @Get(':id')
  @ApiProblems(new FulfilmentNotFound())
  getFulfilment(@Param('id', IdParam) id: string, @LoggedIn() caller: CurrentCustomer): Promise<FulfilmentDto> {
    return this.fulfilments.one(id, caller);
  }

  /**
   * Ship some or all of an order
   * @remarks Without `items`, all that is left leaves. The customer is told, with the tracking link. When nothing is
   * left, the order is `fulfilled`. While the customer's bank disputes the payment, and after it was lost, the shipment
   * is refused with `order-disputed` unless `force` is true.
   */
  @Post(':id/shipments')
  @Idempotent('fulfilments.ship')
  @ApiBody({ type: ShipItemsDto, required: false })
  @ApiProblems(
    new FulfilmentNotFound(),
    new OrderNotFulfillable('canceled'),
    new OrderDisputed(),
    new ShipmentExceedsOrder([{ productId: EXAMPLE_ID, requested: 3, left: 2 }]),
  )
  shipItems(
    @Param('id', IdParam) id: string,
    @Body(OptionalBody(ShipItemsDto)) body: ShipItems,
  ): Promise<OrderShipmentDto> {
    return this.shipping.ship(id, body);
  }
}
