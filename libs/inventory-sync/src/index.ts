// Owns: the feeds of other systems, and the last count of each product by each source (schema `inventory_sync`).
// Exposes: InventoryFeeds and InventoryQueries, for tools and tests.
// Emits: nothing; a correction is the catalogue's, which announces it.
// Reacts to: catalog.product-retired, product-removed.
// Promises: a count meets every movement once, whenever it arrives; a repeated feed changes nothing.
import { InventorySync1700000000121 } from './infrastructure/1700000000121-inventory-sync.migration';

export { InventorySyncApiModule, InventorySyncModule } from './inventory-sync.module';
export { type Feed, type FeedResult, InventoryFeeds } from './application/inventory-feeds.service';
export { InventoryQueries } from './application/inventory.queries';
export const inventorySyncPersistence = { entities: [], migrations: [InventorySync1700000000121] };
