import { Injectable } from '@nestjs/common';
import type { ProductRemoved, ProductRetired } from '@holdfast/contracts';
import { OnEvent } from '@holdfast/platform';
import { InventoryFeeds } from './inventory-feeds.service';

/** The events that counts react to. */
@Injectable()
export class InventorySyncEventHandlers {
  constructor(private readonly feeds: InventoryFeeds) {}

  @OnEvent('catalog.product-retired')
  async forgetRetired({ productId }: ProductRetired): Promise<void> {
    await this.feeds.forget(productId);
  }

  @OnEvent('catalog.product-removed')
  async forgetRemoved({ productId }: ProductRemoved): Promise<void> {
    await this.feeds.forget(productId);
  }
}
