// Owns: the fulfilments of paid orders, their shipments, and the returns of goods (schema `fulfilment`).
// Exposes: Shipping, GoodsReturns, FulfilmentQueries.
// Emits: fulfilment.shipped, return-requested, return-received, return-rejected.
// Reacts to: ordering.order-paid.
// Promises: one fulfilment for each paid order; what the order allows leaves once, comes back once, is paid back once.
import { Fulfilment1700000000112 } from './infrastructure/1700000000112-fulfilment.migration';
import { fulfilmentSchemas, returnSchemas } from './infrastructure/fulfilment.schema';

export { FulfilmentApiModule, FulfilmentModule } from './fulfilment.module';
export { FulfilmentSettings } from './fulfilment.settings';
export { FulfilmentQueries } from './application/fulfilment.queries';
export { GoodsReturns, type ReceiveReturn, type RequestReturn } from './application/goods-returns.service';
export { type ShipItems, Shipping } from './application/shipping.service';
export const fulfilmentPersistence = {
  entities: [...fulfilmentSchemas, ...returnSchemas],
  migrations: [Fulfilment1700000000112],
};
