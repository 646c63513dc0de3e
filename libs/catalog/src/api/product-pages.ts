import { Injectable } from '@nestjs/common';
import { type AnswerCache, AnswerCaches, type Json } from '@holdfast/http';
import { type List, OwnWrites, type Reader } from '@holdfast/platform';
import { CatalogSettings } from '../catalog.settings';
import type { ProductFilter } from '../application/product-list';
import { type ListedProduct, ProductQueries } from '../application/product.queries';

/**
 * The product list as it is served. Anonymous callers and customers all see the same pages, so these come from a cache.
 * A page, and the stock in it, is at most CATALOGUE_CACHE_TTL old; orders and holds count stock under a lock instead.
 * Events of the catalogue empty the cache at once, except `catalog.stock-low`: orders and carts empty no cache.
 */
@Injectable()
export class ProductPages {
  private readonly cache: AnswerCache;

  constructor(
    caches: AnswerCaches,
    { CATALOGUE_CACHE_TTL }: CatalogSettings,
    private readonly products: ProductQueries,
    private readonly ownWrites: OwnWrites,
  ) {
    this.cache = caches.open('catalogue', CATALOGUE_CACHE_TTL, isSeenInTheList);
  }

  async list(filter: ProductFilter, reader?: Reader): Promise<Json<List<ListedProduct>>> {
    if (!(await this.seesSharedPages(reader))) return JSON.stringify(await this.products.list(filter, reader));
    const key = JSON.stringify(
      Object.entries(filter)
        .filter(([, value]) => value !== undefined)
        .sort(),
    );
    return this.cache.get(key, () => this.products.list(filter));
  }

  /** Admins, and customers with recent writes, read the tables instead. */
  private async seesSharedPages(reader?: Reader): Promise<boolean> {
    if (!reader) return true;
    return reader.role !== 'admin' && (await this.ownWrites.recent(reader.id)).count === 0;
  }
}

const isSeenInTheList = (eventType: string): boolean =>
  eventType.startsWith('catalog.') && eventType !== 'catalog.stock-low';
