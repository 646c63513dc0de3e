// Owns: products and their categories, prices, stock, stock ledger and holds (schema `catalog`).
// Exposes: StockService, OfferQueries for ordering, carts, counts; CatalogueService for tools; BulkCatalogue for files.
// Emits: catalog.product-created|changed|retired|removed, stock-adjusted|low, category-created|changed|removed.
// Reacts to: nothing.
// Promises: on hand is never negative, the ledger always sums up to it, and held units are sold to their owner only.
import { Catalog1700000000003 } from './infrastructure/1700000000003-catalog.migration';
import { HoldRenewals1700000000071, Holds1700000000040 } from './infrastructure/1700000000040-holds.migration';
import { Browsing1700000000042 } from './infrastructure/1700000000042-browsing.migration';
import { categorySchemas, productSchemas } from './infrastructure/catalog.schema';
import { Folding1700000000091 } from './infrastructure/1700000000091-folding.migration';
import { BoundedHolds1700000000094 } from './infrastructure/1700000000094-bounded-holds.migration';
import { ProductTexts1700000000095 } from './infrastructure/1700000000095-product-texts.migration';
import { LowStock1700000000104 } from './infrastructure/1700000000104-low-stock.migration';
import { ReturnedStock1700000000110 } from './infrastructure/1700000000110-returned-stock.migration';
import { CountedStock1700000000120 } from './infrastructure/1700000000120-counted-stock.migration';
import { ProductImages1700000000140 } from './infrastructure/1700000000140-product-images.migration';
import { ProductChanges1700000000142 } from './infrastructure/1700000000142-product-changes.migration';
import { PriceDigits1700000000080 } from './infrastructure/1700000000080-three-digits.migration';

export { CatalogApiModule, CatalogModule } from './catalog.module';
export { ChangeProductDto, CreateProductDto, MOST_IMAGES, ProductImageDto } from './api/catalog.dto';
export { ensureMaySetStock } from './api/products.controller';
export {
  BulkCatalogue,
  type BulkResult,
  type CategoryName,
  type CategoryPlace,
  type KnownProduct,
  type ProductEntry,
  type ProductRecord,
  type ProductToBring,
} from './application/bulk-catalogue.service';
export { CatalogueService, type ChangeProduct, type CreateProduct } from './application/catalogue.service';
export { type Offer, OfferQueries, offersOf, ProductQueries } from './application/product.queries';
export { type CountedProduct, type GivenBack, StockService } from './application/stock.service';
export type { Demand, DemandLine, PricedLine } from './domain/demand';
export { skuKey } from './domain/product.events';
export { HoldPaused, InsufficientStock, ProductNotOrderable } from './domain/catalog.errors';
export const catalogPersistence = {
  entities: [...productSchemas, ...categorySchemas],
  migrations: [
    Catalog1700000000003,
    Holds1700000000040,
    Browsing1700000000042,
    HoldRenewals1700000000071,
    PriceDigits1700000000080,
    Folding1700000000091,
    BoundedHolds1700000000094,
    ProductTexts1700000000095,
    LowStock1700000000104,
    ReturnedStock1700000000110,
    CountedStock1700000000120,
    ProductImages1700000000140,
    ProductChanges1700000000142,
  ],
};
