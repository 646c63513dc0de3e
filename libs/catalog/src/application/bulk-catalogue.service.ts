import { Injectable } from '@nestjs/common';
import type { ProductImage } from '@holdfast/contracts';
import { Clock, moneyView } from '@holdfast/shared-kernel';
import { Reads, UnitOfWork } from '@holdfast/platform';
import { CategoryRepository, ProductRepository } from '../domain/catalog.repositories';
import { Category, type CategoryTree } from '../domain/category';
import type { Product } from '../domain/product';
import { imagesOf, type ProductChanges, skuKey } from '../domain/product.events';
import { type ChangeProduct, changesOf, type CreateProduct, newProductOf } from './catalogue.service';
import { IMAGES } from './product.queries';

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
  images: string[];
}

/** Under one parent, names with the same key name the same category: the database folds case and form, not accents. */
export interface CategoryName {
  name: string;
  key: string;
}

export interface CategoryPlace extends CategoryName {
  id: string;
  parentId: string | null;
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
  readonly newCategory?: readonly CategoryName[];
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
           on_hand AS stock, active, unit_limit AS "unitLimit",
           jsonb_path_query_array(${IMAGES}, '$.url') AS images
         FROM catalog.products p WHERE retired_at IS NULL AND lower(sku COLLATE "C") > $1
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
    return this.reads.query<CategoryPlace>(
      'SELECT id, parent_id AS "parentId", name, catalog.fold_case(name) AS key FROM catalog.categories',
    );
  }

  /** The key of each name. */
  async categoryKeys(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (!names.length) return new Map();
    const rows = await this.reads.query<CategoryName>(
      'SELECT name, catalog.fold_case(name) AS key FROM unnest($1::text[]) AS name',
      [names],
    );
    return new Map(rows.map(({ name, key }) => [name, key]));
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
        if ('command' in entered) grown?.keep();
        continue;
      }
      const entered = entry.forNew(categoryId);
      if ('errors' in entered) {
        results[index] = { result: 'refused', errors: entered.errors };
        continue;
      }
      const product = newProductOf(entered.command, actorId, this.clock.now());
      grown?.keep();
      this.products.add(product);
      products.set(key, product);
      results[index] = { result: 'created', productId: product.id };
    }
    return results;
  }

  private async lockGrowth(): Promise<CategoryGrowth> {
    return new CategoryGrowth(await this.categoryTree.lockTree(), (category) => this.categoryTree.add(category));
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
  const { price, images, ...rest } = changes;
  const different = Object.entries(rest).filter(([name, value]) => value !== product[name as keyof typeof rest]);
  return {
    ...Object.fromEntries(different),
    ...(price && !price.equals(product.price) && { price }),
    ...(images && differingImages(images, imagesOf(product))),
  };
}

/** Files name images by their URLs: an image that stays keeps its text. */
function differingImages(given: ProductImage[], known: ProductImage[]): Pick<ProductChanges, 'images'> {
  const images = given.map((image) => (image.alt ? image : (known.find(({ url }) => url === image.url) ?? image)));
  const isSame = images.length === known.length && images.every((image, index) => image === known[index]);
  return isSame ? {} : { images };
}

/** Adds missing categories along paths. */
class CategoryGrowth {
  constructor(
    private tree: CategoryTree,
    private readonly add: (category: Category) => void,
  ) {}

  /** The category at the end of a path. `keep` adds those of the path that are missing. Throws CategoryTooDeep. */
  grow(path: readonly CategoryName[], at: Date): { id: string | null; keep: () => void } {
    const created: Category[] = [];
    let { tree } = this;
    let parentId: string | null = null;
    for (const { name, key } of path) {
      let id = tree.findChild(parentId, key);
      if (id === undefined) {
        const category = Category.create({ name, parentId }, tree, at);
        created.push(category);
        tree = tree.with([{ id: category.id, parentId, key }]);
        id = category.id;
      }
      parentId = id;
    }
    const keep = () => {
      this.tree = tree;
      created.forEach(this.add);
    };
    return { id: parentId, keep };
  }
}
