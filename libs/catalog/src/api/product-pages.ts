import { Injectable } from '@nestjs/common';
import { type AnswerCache, AnswerCaches, type Json } from '@holdfast/http';
import { type List, OwnWrites, type Reader } from '@holdfast/platform';
import { CatalogSettings } from '../catalog.settings';
import type { ProductFilter } from '../application/product-list';
import { ProductQueries } from '../application/product.queries';
import type { ProductView } from '../application/product.views';

/**
 * The list of products as it is served. All who are not logged in, and all customers, see the same pages, so these come
 * from a cache: a page may be as old as CATALOGUE_CACHE_TTL, and its stock with it. It is for looking; who orders, or
 * holds, has the stock counted under its lock. What the catalogue's events tell is seen at once, of categories too; orders
 * and carts only change stock, and empty no cache, not even where they leave little.
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

  async list(filter: ProductFilter, reader?: Reader): Promise<Json<List<ProductView>>> {
    if (!(await this.seesWhatAllSee(reader))) return JSON.stringify(await this.products.list(filter, reader));
    const key = JSON.stringify(
      Object.entries(filter)
        .filter(([, value]) => value !== undefined)
        .sort(),
    );
    return this.cache.get(key, () => this.products.list(filter));
  }

  /** Not an admin, and not who has written lately: they read the tables. */
  private async seesWhatAllSee(reader?: Reader): Promise<boolean> {
    if (!reader) return true;
    return reader.role !== 'admin' && (await this.ownWrites.recent(reader.id)).count === 0;
  }
}

const isSeenInTheList = (eventType: string): boolean =>
  eventType.startsWith('catalog.') && eventType !== 'catalog.stock-low';
