// Owns: orders, their lines and their history, what each customer has not paid (schema `ordering`).
// Exposes: OrderPlacement, OrderCancellation, OrderDelivery, OrderPayment, OrderQueries, PaymentTerms.
// Emits: ordering.order-placed, -payment-pending, -paid, -fulfilled, -canceled; ordering.refund-requested,
//   units-withdrawn.
// Reacts to: payments.payment-started, -captured, -failed, -refunded, -disputed; payments.refund-failed;
//   identity.account-closed.
// Promises: an order exists only with its stock, and puts it back at most once; no unit is shipped, returned or paid
//   back twice; nobody takes more unpaid than allowed.
import { Ordering1700000000004, OrderPayment1700000000007 } from './infrastructure/1700000000004-ordering.migration';
import { OrderDigits1700000000081 } from './infrastructure/1700000000081-three-digits.migration';
import { OrderSearch1700000000090 } from './infrastructure/1700000000090-order-search.migration';
import { OrderDisputes1700000000092 } from './infrastructure/1700000000092-order-disputes.migration';
import { UnpaidOrders1700000000093 } from './infrastructure/1700000000093-unpaid-orders.migration';
import { FewerOrderIndexes1700000000096 } from './infrastructure/1700000000096-fewer-indexes.migration';
import { OrderTotals1700000000100 } from './infrastructure/1700000000100-order-totals.migration';
import { OrderDelivery1700000000111 } from './infrastructure/1700000000111-order-delivery.migration';
import { OrderLineImages1700000000141 } from './infrastructure/1700000000141-order-line-images.migration';
import { orderSchemas, unpaidOrdersSchemas } from './infrastructure/order.schema';

export { OrderingApiModule, OrderingModule } from './ordering.module';
export { OrderingSettings } from './ordering.settings';
export { OrderCancellation } from './application/order-cancellation.service';
export { type DeliveredOrder, OrderDelivery, type RefundOrder } from './application/order-delivery.service';
export { OrderPayment } from './application/order-payment.service';
export {
  type Delivery,
  type LimitedLine,
  OrderPlacement,
  type PlaceOrder,
} from './application/order-placement.service';
export { type OrderFilter, OrderQueries, type OrderToShip } from './application/order.queries';
export { PaymentTerms } from './application/payment-terms';
export type { OrderView } from './application/order.views';
export {
  DeliveryDto,
  IsItems,
  OrderDto,
  OrderFilterDto,
  OrderItemDto,
  OrderReturnDto,
  ShipmentDto,
} from './api/order.dto';
export { DELIVERY_PROBLEMS, ORDERS } from './api/orders.controller';
export {
  NothingToRefund,
  OrderDisputed,
  OrderLimitExceeded,
  OrderNotFound,
  OrderNotFulfillable,
  OrderNotRefundable,
  Overloaded,
  PriceChanged,
  RefundByAmountAndItems,
  RefundExceedsOrder,
  RefundTooLarge,
  RestockWithoutEffect,
  ReturnExceedsShipment,
  ReturnWindowOver,
  ShipmentExceedsOrder,
  TotalNotPayable,
  UnitLimitExceeded,
  UnpaidOrderLimitReached,
  UnpaidUnitsLimitExceeded,
} from './domain/ordering.errors';
export { taxOfFirst, type Terms } from './domain/order-totals';
export {
  type OrderReturn,
  RETURN_STATUSES,
  type ReturnedItem,
  type ReturnStatus,
  type Shipment,
} from './domain/delivery';
export type { OrderLimits } from './domain/unpaid-orders';
export const orderingPersistence = {
  entities: [...orderSchemas, ...unpaidOrdersSchemas],
  migrations: [
    Ordering1700000000004,
    OrderPayment1700000000007,
    OrderDigits1700000000081,
    OrderSearch1700000000090,
    OrderDisputes1700000000092,
    UnpaidOrders1700000000093,
    FewerOrderIndexes1700000000096,
    OrderTotals1700000000100,
    OrderDelivery1700000000111,
    OrderLineImages1700000000141,
  ],
};
