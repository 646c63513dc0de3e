import { Injectable } from '@nestjs/common';
import { moneyView } from '@holdfast/shared-kernel';
import { Reads } from '@holdfast/platform';

/** A product as a row of a file; a null is an empty cell. */
export interface ProductRecord {
  sku: string;
  name: string;
  description: string;
  price: string;
  currency: string;
  stock: number;
  active: boolean;
  unitLimit: number | null;
}

interface ProductRow extends Omit<ProductRecord, 'stock'> {
  stock: string;
}

const PAGE = 1_000;

/** What files of products are made of, and made to fit. */
@Injectable()
export class ProductFileQueries {
  constructor(private readonly reads: Reads) {}

  /** All that are not retired, by SKU, a page at a time: no more of them is ever in memory. */
  async *pages(): AsyncGenerator<ProductRecord[]> {
    let rows: ProductRow[] = [];
    do {
      rows = await this.reads.query<ProductRow>(
        `SELECT p.sku, p.name, p.description, p.price, p.currency, p.on_hand AS stock, p.active,
           p.unit_limit AS "unitLimit"
         FROM catalog.products p WHERE p.retired_at IS NULL AND p.sku > $1 ORDER BY p.sku LIMIT ${PAGE}`,
        [rows.at(-1)?.sku ?? ''],
      );
      yield rows.map((row) => ({
        ...row,
        price: moneyView(row.price, row.currency).amount,
        stock: Number(row.stock),
      }));
    } while (rows.length === PAGE);
  }

  /** The currency of all products; undefined when there are several, or no products. */
  async currency(): Promise<string | undefined> {
    const [{ first, last }] = await this.reads.query<{ first: string | null; last: string | null }>(
      'SELECT min(currency) AS first, max(currency) AS last FROM catalog.products WHERE retired_at IS NULL',
    );
    return first !== null && first === last ? first : undefined;
  }
}
