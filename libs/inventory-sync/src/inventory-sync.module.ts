import { Module } from '@nestjs/common';
import { CatalogModule } from '@holdfast/catalog';
import { InventoryController } from './api/inventory.controller';
import { InventoryFeeds } from './application/inventory-feeds.service';
import { InventoryQueries } from './application/inventory.queries';
import { InventorySyncEventHandlers } from './application/inventory-sync.event-handlers';

@Module({
  imports: [CatalogModule],
  providers: [InventoryFeeds, InventoryQueries, InventorySyncEventHandlers],
  exports: [InventoryFeeds, InventoryQueries],
})
export class InventorySyncModule {}

@Module({ imports: [InventorySyncModule], controllers: [InventoryController] })
export class InventorySyncApiModule {}
