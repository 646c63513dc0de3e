import { Injectable } from '@nestjs/common';
import { moneyView } from '@holdfast/shared-kernel';
import { Reads } from '@holdfast/platform';

/** A product as a row of a file; a null is an empty cell. */
export interface ProductRecord {
  sku: string;
  externalId: string | null;
  name: string;
  description: string;
  category: string | null;
  price: string;
  currency: string;
  stock: number;
  active: boolean;
  unitLimit: number | null;
}

interface ProductRow extends Omit<ProductRecord, 'stock' | 'category'> {
  stock: string;
  categoryId: string | null;
}

interface CategoryPlace {
  id: string;
  parentId: string | null;
  name: string;
}

/** Categories as files name them: by the path from the top, `Home > Lights`, or by id. */
export class CategoryNames {
  private readonly places: Map<string, CategoryPlace>;
  private readonly ids: Map<string, string>;

  constructor(places: CategoryPlace[]) {
    this.places = new Map(places.map((place) => [place.id, place]));
    this.ids = new Map(places.map(({ id }) => [wordOf(this.nameOf(id)), id]));
  }

  /** The path; the id, where a name on it has a `>` of its own. */
  nameOf(id: string): string {
    const names = this.namesTo(id);
    return names.some((name) => name.includes('>')) ? id : names.join(' > ');
  }

  /** In any case. */
  idOf(text: string): string | undefined {
    const id = text.toLowerCase();
    return this.places.has(id) ? id : this.ids.get(wordOf(text));
  }

  private namesTo(id: string | null): string[] {
    const place = id === null ? undefined : this.places.get(id);
    return place ? [...this.namesTo(place.parentId), place.name] : [];
  }
}

const wordOf = (path: string): string => path.toLowerCase().replaceAll(/\s*>\s*/g, ' > ');

const PAGE = 1_000;

/** What files of products are made of, and made to fit. */
@Injectable()
export class ProductFileQueries {
  constructor(private readonly reads: Reads) {}

  /** All that are not retired, by SKU, a page at a time: no more of them is ever in memory. */
  async *pages(): AsyncGenerator<ProductRecord[]> {
    const categories = await this.categories();
    let rows: ProductRow[] = [];
    do {
      rows = await this.reads.query<ProductRow>(
        `SELECT p.sku, p.external_id AS "externalId", p.name, p.description, p.category_id AS "categoryId", p.price, p.currency, p.on_hand AS stock, p.active,
           p.unit_limit AS "unitLimit"
         FROM catalog.products p WHERE p.retired_at IS NULL AND p.sku > $1 ORDER BY p.sku LIMIT ${PAGE}`,
        [rows.at(-1)?.sku ?? ''],
      );
      yield rows.map((row) => ({
        ...row,
        category: row.categoryId && categories.nameOf(row.categoryId),
        price: moneyView(row.price, row.currency).amount,
        stock: Number(row.stock),
      }));
    } while (rows.length === PAGE);
  }

  async categories(): Promise<CategoryNames> {
    return new CategoryNames(
      await this.reads.query<CategoryPlace>('SELECT id, parent_id AS "parentId", name FROM catalog.categories'),
    );
  }

  /** The currency of all products; undefined when there are several, or no products. */
  async currency(): Promise<string | undefined> {
    const [{ first, last }] = await this.reads.query<{ first: string | null; last: string | null }>(
      'SELECT min(currency) AS first, max(currency) AS last FROM catalog.products WHERE retired_at IS NULL',
    );
    return first !== null && first === last ? first : undefined;
  }
}
