import { Injectable } from '@nestjs/common';
import { DomainError } from '@holdfast/shared-kernel';
import {
  BulkCatalogue,
  type CategoryName,
  type ChangeProduct,
  type CreateProduct,
  type ProductEntry,
  type ProductToBring,
} from '@holdfast/catalog';
import { isUnavailable, isWaitTooLong, log, problems } from '@holdfast/platform';
import { CategoryNames } from './category-names';

/** Rows that share a transaction: enough for throughput, few enough that others wait briefly for their locks. */
const BATCH = 200;

/** The reason that the stock ledger shows. */
const REASON = 'import';

export interface RowError {
  /** Null when the error concerns the whole row. */
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

/** One row of a file. The required cells depend on whether the product exists, so rows are checked under its lock. */
export interface ProductRow {
  readonly row: number;
  readonly sku: string;
  /** The cell as it stands: a path, or an id. */
  readonly category: string | undefined;
  /** The cell as it stands; undefined when the row leaves stock as it is. */
  readonly stock: string | undefined;
  forNew(terms: Terms): ProductToBring<CreateProduct, RowError>;
  forKnown(terms: Terms): ProductToBring<ChangeProduct, RowError>;
}

/** The options of a whole file. */
export interface ImportOptions {
  /** The currency of prices without one; without it the shop's, if all products share one. */
  currency?: string;
  /** Creates the categories of paths that do not exist. */
  createCategories?: boolean;
}

export interface Terms {
  /** The currency of a price without one; undefined when the row has to name it. */
  currency: string | undefined;
  /** Undefined when the row names no category, or one that does not exist. */
  categoryId: string | undefined;
}

/** The column that an error of the catalogue concerns. */
const COLUMN_OF: Record<string, string> = {
  'sku-taken': 'sku',
  'external-id-taken': 'externalId',
  'category-too-deep': 'category',
};

/** Brings the catalogue to the state of a file, each row on its own. */
@Injectable()
export class ProductImport {
  constructor(private readonly catalogue: BulkCatalogue) {}

  /**
   * Yields the results, in the rows' order, as soon as they are committed; what was yielded is never undone. Stops
   * between two batches once `aborted`. When the database goes away, all remaining rows are refused: an import may be
   * repeated.
   */
  async *run(
    rows: readonly ProductRow[],
    actorId: string,
    aborted: AbortSignal,
    options: ImportOptions = {},
  ): AsyncGenerator<RowResult[]> {
    let done = 0;
    try {
      const [currency, categories] = await Promise.all([this.catalogue.currency(), this.categoriesOf(rows)]);
      const entries = rows.map(
        (row) => new RowEntry(row, options.currency ?? currency, categories, options.createCategories),
      );
      while (done < entries.length && !aborted.aborted)
        for await (const results of this.bringApart(entries.slice(done, done + BATCH), actorId)) {
          done += results.length;
          yield results;
        }
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      log.warn({ err: error, done, total: rows.length }, 'the database went away under an import');
      yield rows.slice(done).map((row) => resultOf(row, refusal(problems.unavailable())));
    }
  }

  private async categoriesOf(rows: readonly ProductRow[]): Promise<CategoryNames> {
    const paths = new Set(rows.flatMap(({ category }) => category ?? []));
    const names = new Set([...paths].flatMap((path) => CategoryNames.namesIn(path)));
    const [places, keys] = await Promise.all([this.catalogue.categories(), this.catalogue.categoryKeys([...names])]);
    return new CategoryNames(places, keys);
  }

  /** Brings the rows together. When that fails, each row is brought alone, so that only the failing one is refused. */
  private async *bringApart(entries: readonly RowEntry[], actorId: string): AsyncGenerator<RowResult[]> {
    let results: RowResult[] | undefined;
    try {
      const outcomes = await this.catalogue.bring(entries, REASON, actorId);
      results = outcomes.map((outcome, index) => resultOf(entries[index].row, outcome));
    } catch (error) {
      if (isUnavailable(error) && !isWaitTooLong(error)) throw error;
      if (entries.length === 1) results = [resultOf(entries[0].row, refusalOf(error))];
    }
    if (results) yield results;
    else for (const entry of entries) yield* this.bringApart([entry], actorId);
  }
}

class RowEntry implements ProductEntry<RowError> {
  readonly sku: string;
  readonly categoryId: string | undefined;
  readonly newCategory: readonly CategoryName[] | undefined;

  constructor(
    readonly row: ProductRow,
    private readonly shopCurrency: string | undefined,
    categories: CategoryNames,
    createCategories = false,
  ) {
    this.sku = row.sku;
    this.categoryId = row.category && categories.idOf(row.category);
    if (createCategories && row.category && !this.categoryId) this.newCategory = categories.newPathOf(row.category);
  }

  forNew(categoryId: string | undefined): ProductToBring<CreateProduct, RowError> {
    return this.row.forNew({ currency: this.shopCurrency, categoryId });
  }

  forKnown(
    { currency }: { currency: string },
    categoryId: string | undefined,
  ): ProductToBring<ChangeProduct, RowError> {
    return this.row.forKnown({ currency, categoryId });
  }
}

type Outcome = Omit<RowResult, 'row' | 'sku'>;

const resultOf = ({ row, sku }: ProductRow, outcome: Outcome): RowResult => ({ row, sku, ...outcome });

const refusal = ({ code, message }: { code: string; message: string }): Outcome => ({
  result: 'refused',
  errors: [{ column: COLUMN_OF[code] ?? null, code, detail: message }],
});

function refusalOf(error: unknown): Outcome {
  if (error instanceof DomainError) return refusal(error);
  if (isUnavailable(error)) return refusal(problems.unavailable());
  log.error({ err: error }, 'a row of an import failed');
  return refusal(problems.internalError());
}
