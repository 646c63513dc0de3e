import { Injectable } from '@nestjs/common';
import { Clock, DomainError } from '@holdfast/shared-kernel';
import { isUnavailable, isWaitTooLong, log, problems, UnitOfWork } from '@holdfast/platform';
import type { Product, ProductChanges } from '../domain/product';
import { CategoryRepository } from '../domain/category.repository';
import { ProductRepository } from '../domain/product.repository';
import { type ChangeProduct, changesOf, type CreateProduct, newProductOf } from './catalogue.service';
import { type CategoryNames, ProductFileQueries } from './product-file.queries';

/** Rows that share a transaction: enough to be quick, and so few that nobody waits long for their locks. */
const UNIT = 200;

/** For the ledger. */
const REASON = 'import';

export interface RowError {
  /** Null when it is about all of the row. */
  column: string | null;
  code: string;
  detail: string;
}

export interface RowResult {
  row: number;
  sku: string;
  result: 'created' | 'changed' | 'unchanged' | 'refused';
  productId?: string;
  errors?: RowError[];
}

export type Checked<Command> = { command: Command } | { errors: RowError[] };

/** One row of a file. What it must say depends on whether there is such a product, so it is asked under the lock. */
export interface ProductRow {
  readonly row: number;
  readonly sku: string;
  /** As the row has it: a path, or an id. */
  readonly category: string | undefined;
  forNew(terms: Terms): Checked<CreateProduct>;
  forKnown(terms: Terms): Checked<ChangeProduct>;
}

/** What a row's words mean. */
export interface Terms {
  /** Meant where none is named; undefined when one has to be named. */
  currency: string | undefined;
  categoryIdOf: (category: string) => string | undefined;
}

interface Import {
  actorId: string;
  /** The one currency of the shop; undefined when it has several, or nothing yet. */
  currency: string | undefined;
  categories: CategoryNames;
}

/** Which cell a refusal is about. */
const COLUMN_OF: Record<string, string> = { 'sku-taken': 'sku', 'external-id-taken': 'externalId' };

/** Brings the catalogue to what a file says, each row on its own. */
@Injectable()
export class ProductImport {
  constructor(
    private readonly products: ProductRepository,
    private readonly categories: CategoryRepository,
    private readonly files: ProductFileQueries,
    private readonly clock: Clock,
  ) {}

  /**
   * Yields the results, in the rows' order, as soon as they are committed; what has been yielded stays done. Stops
   * between two units when nobody wants to know any longer. When the database goes away all rows that are left are
   * refused: to repeat the import is safe.
   */
  async *run(rows: readonly ProductRow[], actorId: string, unwanted: AbortSignal): AsyncGenerator<RowResult[]> {
    let done = 0;
    try {
      const [currency, categories] = await Promise.all([this.files.currency(), this.files.categories()]);
      const work: Import = { actorId, currency, categories };
      while (done < rows.length && !unwanted.aborted)
        for await (const results of this.workApart(rows.slice(done, done + UNIT), work)) {
          done += results.length;
          yield results;
        }
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      log.warn({ err: error, done, total: rows.length }, 'the database went away under an import');
      yield rows.slice(done).map((row) => refused(row, [rowError(problems.unavailable())]));
    }
  }

  /** Together; when that fails for any reason, one by one, so that only the row with the reason is refused. */
  private async *workApart(rows: readonly ProductRow[], work: Import): AsyncGenerator<RowResult[]> {
    let results: RowResult[] | undefined;
    try {
      results = await this.work(rows, work);
    } catch (error) {
      if (isUnavailable(error) && !isWaitTooLong(error)) throw error;
      if (rows.length === 1) results = [refused(rows[0], [rowErrorOf(error)])];
    }
    if (results) yield results;
    else for (const row of rows) yield* this.workApart([row], work);
  }

  /**
   * Locks the products in id order, then the categories. The rows are worked in the order of their SKUs, so that two imports which add the
   * same products do it in the same order; rows of one SKU stay in theirs, and see what the one before did.
   */
  @UnitOfWork()
  private async work(rows: readonly ProductRow[], { actorId, currency, categories }: Import): Promise<RowResult[]> {
    const locked = await this.products.lockAllBySku(rows.map(({ sku }) => sku));
    const products = new Map(locked.map((product) => [product.sku, product]));
    const named = rows.flatMap(({ category }) => (category && categories.idOf(category)) ?? []);
    const kept = new Set(await this.categories.keepAll(named));
    const categoryIdOf = (category: string) => {
      const id = categories.idOf(category);
      return id !== undefined && kept.has(id) ? id : undefined;
    };
    const inOrder = [...rows].sort((a, b) => (a.sku < b.sku ? -1 : Number(a.sku > b.sku)));
    const results = inOrder.map((row): RowResult => {
      const known = products.get(row.sku);
      if (known) return this.change(known, row, actorId, categoryIdOf);
      const checked = row.forNew({ currency, categoryIdOf });
      if ('errors' in checked) return refused(row, checked.errors);
      const product = newProductOf(checked.command, actorId, this.clock.now());
      this.products.add(product);
      products.set(product.sku, product);
      return { row: row.row, sku: row.sku, result: 'created', productId: product.id };
    });
    return results.sort((a, b) => a.row - b.row);
  }

  private change(product: Product, row: ProductRow, actorId: string, categoryIdOf: Terms['categoryIdOf']): RowResult {
    const checked = row.forKnown({ currency: product.price.currency, categoryIdOf });
    if ('errors' in checked) return refused(row, checked.errors);
    const { version } = product;
    const { stock = product.onHand, ...changes } = changesOf(checked.command);
    product.change(newIn(changes, product), this.clock.now());
    product.setOnHand(stock, product.onHand, REASON, actorId, this.clock.now());
    const result = product.version === version ? 'unchanged' : 'changed';
    return { row: row.row, sku: row.sku, result, productId: product.id };
  }
}

/** What is not so already. */
function newIn(changes: ProductChanges, product: Product): ProductChanges {
  const { price, ...rest } = changes;
  const different = Object.entries(rest).filter(([name, value]) => value !== product[name as keyof typeof rest]);
  return { ...Object.fromEntries(different), ...(price && !price.equals(product.price) && { price }) };
}

const refused = ({ row, sku }: ProductRow, errors: RowError[]): RowResult => ({ row, sku, result: 'refused', errors });

const rowError = ({ code, message }: { code: string; message: string }): RowError => ({
  column: COLUMN_OF[code] ?? null,
  code,
  detail: message,
});

function rowErrorOf(error: unknown): RowError {
  if (error instanceof DomainError) return rowError(error);
  if (isUnavailable(error)) return rowError(problems.unavailable());
  log.error({ err: error }, 'a row of an import failed');
  return rowError(problems.internalError());
}
