import { Module } from '@nestjs/common';
import { declareAudience } from '@holdfast/platform';
import { AccountObligations, IdentityModule } from '@holdfast/identity';
import { OrderingModule } from '@holdfast/ordering';
import { FulfilmentsController } from './api/fulfilments.controller';
import { OrderDeliveryController } from './api/order-delivery.controller';
import { ReturnsController } from './api/returns.controller';
import { FulfilmentEventHandlers } from './application/fulfilment.event-handlers';
import { FulfilmentQueries } from './application/fulfilment.queries';
import { GoodsReturns } from './application/goods-returns.service';
import { Shipping } from './application/shipping.service';
import { FulfilmentRepository, ReturnRepository } from './domain/fulfilment.repositories';
import { FulfilmentSettings } from './fulfilment.settings';
import { OrmFulfilmentRepository, OrmReturnRepository } from './infrastructure/orm-fulfilment.repositories';

declareAudience('fulfilment.*', { scope: 'orders:read' });

@Module({
  imports: [OrderingModule],
  providers: [
    FulfilmentSettings,
    Shipping,
    GoodsReturns,
    FulfilmentQueries,
    FulfilmentEventHandlers,
    { provide: FulfilmentRepository, useClass: OrmFulfilmentRepository },
    { provide: ReturnRepository, useClass: OrmReturnRepository },
  ],
  exports: [Shipping, GoodsReturns, FulfilmentQueries],
})
export class FulfilmentModule {}

@Module({
  imports: [FulfilmentModule, IdentityModule],
  controllers: [FulfilmentsController, OrderDeliveryController, ReturnsController],
})
export class FulfilmentApiModule {
  constructor(obligations: AccountObligations, returns: GoodsReturns) {
    obligations.add((customerId) => returns.areExpectedFrom(customerId));
  }
}
