import { Module } from '@nestjs/common';
import { AddressBookModule } from '@holdfast/address-book';
import { CatalogModule } from '@holdfast/catalog';
import { AccountObligations, IdentityModule } from '@holdfast/identity';
import { PricingModule } from '@holdfast/pricing';
import { countEvents, declareAudience } from '@holdfast/platform';
import { OrdersController } from './api/orders.controller';
import { CustomerOrders, OrderCancellation } from './application/order-cancellation.service';
import { OrderDelivery } from './application/order-delivery.service';
import { OrderPayment } from './application/order-payment.service';
import { OrderPlacement } from './application/order-placement.service';
import { OrderQueries } from './application/order.queries';
import { PaymentTerms } from './application/payment-terms';
import { OrderingEventHandlers } from './application/ordering.event-handlers';
import { OrderRepository } from './domain/order.repository';
import { OrmOrderRepository } from './infrastructure/orm-order.repository';
import { OrderingSettings } from './ordering.settings';

countEvents('ordering.order-placed', 'orders_total', 'Orders that were placed.');
countEvents('ordering.order-paid', 'orders_paid_total', 'Orders that were paid in full.');
countEvents('ordering.order-canceled', 'orders_canceled_total', 'Orders that were canceled.');

declareAudience('ordering.*', { scope: 'orders:read' });

@Module({
  imports: [CatalogModule, AddressBookModule, PricingModule],
  providers: [
    OrderingSettings,
    PaymentTerms,
    OrderPlacement,
    OrderCancellation,
    CustomerOrders,
    OrderPayment,
    OrderDelivery,
    OrderQueries,
    OrderingEventHandlers,
    { provide: OrderRepository, useClass: OrmOrderRepository },
  ],
  exports: [
    CustomerOrders,
    OrderingSettings,
    PaymentTerms,
    OrderPlacement,
    OrderCancellation,
    OrderPayment,
    OrderDelivery,
    OrderQueries,
  ],
})
export class OrderingModule {}

@Module({ imports: [OrderingModule, IdentityModule], controllers: [OrdersController] })
export class OrderingApiModule {
  constructor(obligations: AccountObligations, customers: CustomerOrders) {
    obligations.add((customerId) => customers.isToBeShipped(customerId));
  }
}
