// Owns: orders, their lines and their history (schema `ordering`).
// Exposes: OrderPlacement (carts check out through it), OrderCancellation, OrderFulfilment, OrderRefunds, OrderQueries;
//          OrderPayment for the sweep.
// Emits: ordering.order-placed, -payment-pending, -paid, -fulfilled, -canceled; ordering.refund-requested.
// Reacts to: payments.payment-started, -captured, -failed, -refunded.
// Promises: an order exists only with its stock, and gives it back exactly once.
import { Ordering1700000000004 } from './infrastructure/1700000000004-ordering.migration';
import { OrderPayment1700000000007 } from './infrastructure/1700000000007-order-payment.migration';
import { orderSchemas } from './infrastructure/order.schema';
import { OrderDigits1700000000081 } from './infrastructure/1700000000081-three-digits.migration';

export { OrderingApiModule, OrderingModule } from './ordering.module';
export { OrderingSettings } from './ordering.settings';
export { OrderCancellation } from './application/order-cancellation.service';
export { OrderFulfilment } from './application/order-fulfilment.service';
export { OrderPayment } from './application/order-payment.service';
export { type LimitedLine, OrderPlacement, type PlaceOrder } from './application/order-placement.service';
export { OrderQueries } from './application/order.queries';
export { OrderRefunds } from './application/order-refunds.service';
export type { OrderView } from './application/order.views';
export { OrderDto } from './api/order.dto';
export { ORDERS } from './api/orders.controller';
export { PriceChanged, UnitLimitExceeded } from './domain/ordering.errors';
export const orderingPersistence = {
  entities: orderSchemas,
  migrations: [Ordering1700000000004, OrderPayment1700000000007, OrderDigits1700000000081],
};
