// Owns: products, their prices and stock, the ledger that explains every unit, and the holds on it (schema `catalog`).
// Exposes: StockService, by which ordering reserves and carts hold stock; OfferQueries for carts; CatalogueService for tools.
// Emits: catalog.product-created, catalog.product-changed, catalog.product-retired, catalog.stock-adjusted.
// Reacts to: nothing.
// Promises: on hand is never negative, the ledger always sums up to it, and what is held is sold to nobody else.
import { Catalog1700000000003 } from './infrastructure/1700000000003-catalog.migration';
import { Holds1700000000040 } from './infrastructure/1700000000040-holds.migration';
import { productSchemas } from './infrastructure/product.schema';

export { CatalogApiModule, CatalogModule } from './catalog.module';
export { CatalogueService } from './application/catalogue.service';
export { type Offer, OfferQueries, offersOf } from './application/offer.queries';
export { StockService } from './application/stock.service';
export type { Demand, PricedLine, Wish } from './domain/demand';
export { InsufficientStock, ProductNotOrderable } from './domain/catalog.errors';
export const catalogPersistence = {
  entities: productSchemas,
  migrations: [Catalog1700000000003, Holds1700000000040],
};
