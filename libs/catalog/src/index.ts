// Owns: products, their prices and stock, and the ledger that explains every unit (schema `catalog`).
// Exposes: StockService, by which ordering reserves and releases stock; CatalogueService for tools.
// Emits: catalog.product-created, catalog.product-changed, catalog.product-retired, catalog.stock-adjusted.
// Reacts to: nothing.
// Promises: on hand is never negative, and the ledger always sums up to it.
import { Catalog1700000000003 } from './infrastructure/1700000000003-catalog.migration';
import { productSchemas } from './infrastructure/product.schema';

export { CatalogApiModule, CatalogModule } from './catalog.module';
export { CatalogueService } from './application/catalogue.service';
export { type PricedLine, StockService } from './application/stock.service';
export { InsufficientStock, ProductNotOrderable } from './domain/catalog.errors';
export const catalogPersistence = { entities: productSchemas, migrations: [Catalog1700000000003] };
