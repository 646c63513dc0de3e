import { Injectable } from '@nestjs/common';
import { Clock, moneyView } from '@holdfast/shared-kernel';
import { Reads, UnitOfWork } from '@holdfast/platform';
import { CategoryRepository, ProductRepository } from '../domain/catalog.repositories';
import { Category, CategoryTree } from '../domain/category';
import type { Product } from '../domain/product';
import { type ProductChanges, skuKey } from '../domain/product.events';
import { type ChangeProduct, changesOf, type CreateProduct, newProductOf } from './catalogue.service';

/** A product as files carry it. */
export interface ProductRecord {
  sku: string;
  externalId: string | null;
  name: string;
  description: string;
  categoryId: string | null;
  price: string;
  currency: string;
  stock: number;
  active: boolean;
  unitLimit: number | null;
}

export interface CategoryPlace {
  id: string;
  parentId: string | null;
  name: string;
}

/** What an entry is compared with, under the product's lock. */
export interface KnownProduct {
  currency: string;
}

/** The command for one product, or the reasons against it. */
export type ProductToBring<Command, Reason> = { command: Command } | { errors: Reason[] };

/** One product to add, or to change when its SKU exists. */
export interface ProductEntry<Reason> {
  readonly sku: string;
  /** The category that the entry names, if it names one. */
  readonly categoryId: string | undefined;
  /** The path of a category to create, if the entry names one that does not exist. */
  readonly newCategory?: readonly string[];
  /** Called under the lock of the SKU. `categoryId` is undefined when the category no longer exists. */
  forNew(categoryId: string | undefined): ProductToBring<CreateProduct, Reason>;
  forKnown(product: KnownProduct, categoryId: string | undefined): ProductToBring<ChangeProduct, Reason>;
}

export type BulkResult<Reason> =
  { result: 'created' | 'changed' | 'unchanged'; productId: string } | { result: 'refused'; errors: Reason[] };

const PAGE = 1_000;

/** The catalogue in bulk: all products to read, and many to add or change in one unit of work. */
@Injectable()
export class BulkCatalogue {
  constructor(
    private readonly products: ProductRepository,
    private readonly categoryTree: CategoryRepository,
    private readonly reads: Reads,
    private readonly clock: Clock,
  ) {}

  /** All products that are not retired, by SKU. One page is in memory at a time. */
  async *pages(): AsyncGenerator<ProductRecord[]> {
    let rows: (Omit<ProductRecord, 'stock'> & { stock: string })[] = [];
    do {
      rows = await this.reads.query(
        `SELECT sku, external_id AS "externalId", name, description, category_id AS "categoryId", price, currency,
           on_hand AS stock, active, unit_limit AS "unitLimit"
         FROM catalog.products WHERE retired_at IS NULL AND lower(sku COLLATE "C") > $1
         ORDER BY lower(sku COLLATE "C") LIMIT ${PAGE}`,
        [skuKey(rows.at(-1)?.sku ?? '')],
      );
      yield rows.map((row) => ({
        ...row,
        price: moneyView(row.price, row.currency).amount,
        stock: Number(row.stock),
      }));
    } while (rows.length === PAGE);
  }

  categories(): Promise<CategoryPlace[]> {
    return this.reads.query<CategoryPlace>('SELECT id, parent_id AS "parentId", name FROM catalog.categories');
  }

  /** The currency that all products share; undefined when there are several, or no products. */
  async currency(): Promise<string | undefined> {
    const [{ first, last }] = await this.reads.query<{ first: string | null; last: string | null }>(
      'SELECT min(currency) AS first, max(currency) AS last FROM catalog.products WHERE retired_at IS NULL',
    );
    return first !== null && first === last ? first : undefined;
  }

  /**
   * Adds or changes products; the results are in the order of the entries. Locks the products in id order, then the
   * categories. Entries are worked in the order of their SKUs, so that two calls which add the same products do so in
   * the same order. Entries of one SKU keep their order, and each sees the result of the one before.
   */
  @UnitOfWork()
  async bring<Reason>(
    entries: readonly ProductEntry<Reason>[],
    reason: string,
    actorId: string,
  ): Promise<BulkResult<Reason>[]> {
    const locked = await this.products.lockAllBySku(entries.map(({ sku }) => sku));
    const products = new Map(locked.map((product) => [skuKey(product.sku), product]));
    const named = entries.flatMap(({ categoryId }) => categoryId ?? []);
    const growth = entries.some(({ newCategory }) => newCategory) ? await this.lockGrowth() : undefined;
    const kept = new Set(await this.categoryTree.keepAll(named));
    const results: BulkResult<Reason>[] = [];
    const keyed = [...entries.entries()].map(([index, entry]) => ({ index, entry, key: skuKey(entry.sku) }));
    for (const { index, entry, key } of keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))) {
      const grown = entry.newCategory && growth?.grow(entry.newCategory, this.clock.now());
      const categoryId = grown?.id ?? (entry.categoryId && kept.has(entry.categoryId) ? entry.categoryId : undefined);
      const known = products.get(key);
      if (known) {
        const entered = entry.forKnown(known.price, categoryId);
        results[index] = this.change(known, entered, reason, actorId);
        if ('command' in entered) grown?.created.forEach((category) => growth!.keep(category));
        continue;
      }
      const entered = entry.forNew(categoryId);
      if ('errors' in entered) {
        results[index] = { result: 'refused', errors: entered.errors };
        continue;
      }
      const product = newProductOf(entered.command, actorId, this.clock.now());
      grown?.created.forEach((category) => growth!.keep(category));
      this.products.add(product);
      products.set(key, product);
      results[index] = { result: 'created', productId: product.id };
    }
    return results;
  }

  /** Locks the tree. Its places are then read anew, since others may have changed it before the lock. */
  private async lockGrowth(): Promise<CategoryGrowth> {
    await this.categoryTree.lockTree();
    return new CategoryGrowth(await this.categories(), (category) => this.categoryTree.add(category));
  }

  private change<Reason>(
    product: Product,
    entered: ProductToBring<ChangeProduct, Reason>,
    reason: string,
    actorId: string,
  ): BulkResult<Reason> {
    if ('errors' in entered) return { result: 'refused', errors: entered.errors };
    const { version } = product;
    // An entry names its product by SKU in any case, and so does not change the SKU.
    const { stock = product.onHand, sku: _sku, ...changes } = changesOf(entered.command);
    product.change(differing(changes, product), this.clock.now());
    product.setOnHand(stock, product.onHand, reason, actorId, this.clock.now());
    return { result: product.version === version ? 'unchanged' : 'changed', productId: product.id };
  }
}

function differing(changes: ProductChanges, product: Product): ProductChanges {
  const { price, ...rest } = changes;
  const different = Object.entries(rest).filter(([name, value]) => value !== product[name as keyof typeof rest]);
  return { ...Object.fromEntries(different), ...(price && !price.equals(product.price) && { price }) };
}

/** Adds missing categories along paths. The tree is locked. */
class CategoryGrowth {
  constructor(
    private readonly places: CategoryPlace[],
    private readonly add: (category: Category) => void,
  ) {}

  /** The category at the end of a path, and those of the path that have to be kept for it. Throws CategoryTooDeep. */
  grow(path: readonly string[], at: Date): { id: string | undefined; created: Category[] } {
    const created: Category[] = [];
    let parentId: string | null = null;
    for (const name of path) {
      const place = this.find(name, parentId);
      if (!place) {
        const category = Category.create({ name, parentId }, new CategoryTree([...this.places, ...created]), at);
        created.push(category);
      }
      parentId = place?.id ?? created.at(-1)!.id;
    }
    return { id: parentId ?? undefined, created };
  }

  keep(category: Category): void {
    this.places.push(category);
    this.add(category);
  }

  private find(name: string, parentId: string | null): CategoryPlace | undefined {
    const isSame = (place: CategoryPlace) => place.name.toLowerCase() === name.toLowerCase();
    return this.places.find((place) => place.parentId === parentId && isSame(place));
  }
}
