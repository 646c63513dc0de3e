import { csvOf, fieldErrorsOf } from '@holdfast/http';
import { type FieldError, problems } from '@holdfast/platform';
import { plainToInstance } from 'class-transformer';
import { ChangeProductDto, CreateProductDto, MOST_IMAGES, type ProductToBring } from '@holdfast/catalog';
import type { FileRecord } from '../application/product-export.service';
import type { ProductRow, RowError, Terms } from '../application/product-import.service';
import { AMBIGUOUS, booleanOf, categoryOf, decimalOf, numberOf, urlsOf } from './cell-values';
import { type CellRow, readCsv, type Separator } from './csv-file';

export const COLUMNS = [
  ...(['sku', 'externalId', 'name', 'description', 'category', 'price', 'currency', 'stock', 'active'] as const),
  ...(['unitLimit', 'images'] as const),
] as const;
type Column = (typeof COLUMNS)[number];

/** Rows of one group share these columns of its first row: variants of one product elsewhere. */
const GROUP = 'group';
/** Several categories in one cell. */
const CATEGORIES = 'categories';
const SHARED = ['name', 'description', 'category', CATEGORIES, 'active', 'images'] as const;
type FileColumn = Column | typeof GROUP | typeof CATEGORIES;
type Cells = Partial<Record<FileColumn, string>>;
type Checked<Command> = ProductToBring<Command, RowError>;

const TARGETS = new Map<string, FileColumn>(
  ([...COLUMNS, GROUP, CATEGORIES] as const).map((column) => [column.toLowerCase(), column]),
);

/** `theirs:ours`, the last colon divides; nothing after it leaves the column out. Throws all that are malformed. */
export function columnMapOf(pairs: readonly string[]): Map<string, FileColumn | undefined> {
  const map = new Map<string, FileColumn | undefined>();
  const errors: FieldError[] = [];
  for (const pair of pairs) {
    const [, theirs = '', ours = ''] = /^(.*):(.*)$/s.exec(pair) ?? [];
    const name = theirs.trim().toLowerCase();
    const column = TARGETS.get(ours.trim().toLowerCase());
    if (name === '' || map.has(name) || (ours.trim() !== '' && !column))
      errors.push({
        ...{ pointer: '/map', code: 'column-map' },
        detail: `"${pair.slice(0, 100)}" must be theirs:ours, each of theirs once, ours one of ${[...TARGETS.values()].join(', ')}`,
      });
    map.set(name, column);
  }
  if (errors.length) throw problems.validationFailed(errors);
  return map;
}

/** Reads every row of a file. A file that is broken as a whole is refused before any row has an effect. */
export async function readProducts(
  csv: string,
  map: Map<string, FileColumn | undefined> = new Map(),
): Promise<ProductRow[]> {
  const { rows, separator } = await readCsv<FileColumn>(csv, { columns: COLUMNS, required: 'sku', map });
  const groups = groupsOf(rows);
  return rows.flatMap((row) => {
    const { [GROUP]: group, images: _ofTheGroup, ...own } = row.cells;
    if (group === undefined) return [new CsvRow(row, separator)];
    // A row of a group alone adds an image, or carries what is no column here.
    if (!Object.keys(own).length) return [];
    const first = groups.get(group)!;
    const shared: Cells = {};
    for (const column of SHARED) if (first[column]) shared[column] = first[column];
    return [new CsvRow({ ...row, cells: { ...shared, ...own } }, separator)];
  });
}

/**
 * The shared cells of each group: those of its first row, with the images of all its rows. Other shops write one image
 * a row, and allow more of them than a product has here.
 */
function groupsOf(rows: readonly CellRow<FileColumn>[]): ReadonlyMap<string, Cells> {
  const groups = new Map<string, { first: Cells; urls: Set<string> }>();
  for (const { cells } of rows) {
    if (cells[GROUP] === undefined) continue;
    const group = groups.get(cells[GROUP]) ?? { first: cells, urls: new Set() };
    groups.set(cells[GROUP], group);
    for (const url of urlsOf(cells.images) ?? []) if (group.urls.size < MOST_IMAGES) group.urls.add(url);
  }
  return new Map([...groups].map(([name, { first, urls }]) => [name, { ...first, images: [...urls].join(' ') }]));
}

/** Text is always quoted, so that an import reads it back unchanged. */
export const productsCsv = (pages: AsyncIterable<FileRecord[]>) => csvOf(COLUMNS, pages, { quoted_string: true });

const NO_CATEGORY: RowError = {
  column: 'category',
  code: 'category-unknown',
  detail: 'there is no category of this path (such as Home > Lights) or id; ?createCategories=true makes paths',
};

const NUMBERS = ['price', 'stock', 'unitLimit'] as const;

/** A blank cell leaves the product's value as it is. */
class CsvRow implements ProductRow {
  readonly row: number;
  private readonly cells: Cells;
  private readonly errors: RowError[] = [];

  constructor(
    { row, cells: { [CATEGORIES]: categories, ...cells }, misfit }: CellRow<FileColumn>,
    separator: Separator,
  ) {
    this.row = row;
    this.cells = { ...cells, category: cells.category ?? categoryOf(categories) };
    if (misfit) this.errors.push({ column: null, code: 'cell-count', detail: misfit });
    for (const column of NUMBERS) {
      const cell = cells[column];
      if (cell === undefined) continue;
      const value = decimalOf(cell, separator);
      if (value === AMBIGUOUS)
        this.errors.push({ column, code: 'ambiguous-number', detail: `${cell} may have decimals or thousands` });
      else this.cells[column] = value;
    }
  }

  get sku(): string {
    return this.cells.sku ?? '';
  }

  get category(): string | undefined {
    return this.cells.category;
  }

  get stock(): string | undefined {
    return this.cells.stock;
  }

  forNew(terms: Terms): Checked<CreateProductDto> {
    const { price: amount } = this.cells;
    return this.check(CreateProductDto, { amount, currency: this.currency ?? terms.currency }, terms);
  }

  /** A price in another currency has to be given; where it is left out, so is the currency. */
  forKnown(terms: Terms): Checked<ChangeProductDto> {
    const { price: amount } = this.cells;
    const currency = this.currency ?? terms.currency;
    const price = amount === undefined && currency === terms.currency ? undefined : { amount, currency };
    return this.check(ChangeProductDto, price, terms);
  }

  private get currency(): string | undefined {
    return this.cells.currency?.toUpperCase();
  }

  private check<Dto extends object>(target: new () => Dto, price: object | undefined, terms: Terms): Checked<Dto> {
    if (this.errors.length) return { errors: this.errors };
    const { category, stock, unitLimit, active, images, currency: _ofThePrice, ...texts } = this.cells;
    const { categoryId } = terms;
    const quantities = { stock: numberOf(stock), unitLimit: numberOf(unitLimit) };
    const values = { active: booleanOf(active), images: urlsOf(images)?.map((url) => ({ url })) };
    const command = plainToInstance(target, { ...texts, price, categoryId, ...values, ...quantities });
    const errors = this.rowErrorsOf(fieldErrorsOf(command));
    if (category && !categoryId) errors.push(NO_CATEGORY);
    return errors.length ? { errors } : { command };
  }

  /** A missing cell is reported once, whichever rules it breaks. */
  private rowErrorsOf(errors: FieldError[]): RowError[] {
    const all = errors.map(({ pointer, code, detail }): RowError => {
      const column = pointer
        .replace('/price/', '/')
        .replace('/amount', '/price')
        .replace(/^(\/images)\/.*/, '$1')
        .slice(1);
      if (this.cells[column as Column] !== undefined) return { column, code, detail };
      return { column, code: 'missing', detail: `${column} must be given here` };
    });
    return [...new Map(all.map((error) => [`${error.column} ${error.code}`, error])).values()];
  }
}
