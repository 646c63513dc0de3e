import { setImmediate } from 'node:timers/promises';
import { pipeline } from 'node:stream';
import { fieldErrorsOf } from '@holdfast/http';
import { type FieldError, problems } from '@holdfast/platform';
import { plainToInstance } from 'class-transformer';
import { CsvError, parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { ChangeProductDto, CreateProductDto, type ProductToBring } from '@holdfast/catalog';
import type { FileRecord } from '../application/product-export.service';
import type { ProductRow, RowError, Terms } from '../application/product-import.service';

export const COLUMNS = [
  'sku',
  'externalId',
  'name',
  'description',
  'category',
  'price',
  'currency',
  'stock',
  'active',
  'unitLimit',
] as const;
type Column = (typeof COLUMNS)[number];
type Checked<Command> = ProductToBring<Command, RowError>;
type Cells = Partial<Record<Column, string>>;

export const MOST_ROWS = 100_000;

/** Characters that are parsed before other requests get their turn. */
const PIECE = 65_536;

/** Every row of a file; one that is broken as a whole is refused before any row has had an effect. */
export async function readProducts(csv: string): Promise<ProductRow[]> {
  const parser = parse({ bom: true, info: true, recordDelimiter: ['\r\n', '\n'], ...LENIENT });
  // What goes wrong is thrown by the loop below.
  pipeline(piecesOf(csv), parser, () => undefined);
  let header: Column[] | undefined;
  const rows: CsvRow[] = [];
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      if (!header) header = columnsOf(record);
      else if (rows.length === MOST_ROWS) throw problems.malformedBody(`The file has more than ${MOST_ROWS} rows.`);
      else rows.push(new CsvRow(info.records + info.empty_lines, header, record));
    }
  } catch (error) {
    throw error instanceof CsvError ? problems.malformedBody(brokenCsv(error)) : error;
  }
  if (!header) columnsOf([]);
  return rows;
}

/** RFC 4180; text is always in quotes, so whatever is in it comes back as it was. */
export async function* csvOf(pages: AsyncIterable<FileRecord[]>): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for await (const page of pages) yield stringify(page, FORMAT);
}

const LENIENT = { relaxColumnCount: true, skipEmptyLines: true };
const FORMAT = { columns: [...COLUMNS], quotedString: true, recordDelimiter: '\r\n', cast: { boolean: String } };

interface ParsedRecord {
  record: string[];
  info: { records: number; empty_lines: number };
}

async function* piecesOf(text: string): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += PIECE) {
    yield text.slice(start, start + PIECE);
    await setImmediate();
  }
}

/** Throws what is wrong with any of them. */
function columnsOf(names: string[]): Column[] {
  const columns = names.map((name) => name.trim());
  const errors: FieldError[] = columns.flatMap((name, index) => {
    const pointer = `/columns/${index}`;
    if (!(COLUMNS as readonly string[]).includes(name))
      return [
        { pointer, code: 'unknown-column', detail: `there is no column "${name}"; there are ${COLUMNS.join(', ')}` },
      ];
    if (columns.indexOf(name) < index)
      return [{ pointer, code: 'duplicate-column', detail: `the column ${name} is there twice` }];
    return [];
  });
  if (!columns.includes('sku'))
    errors.push({ pointer: '/columns', code: 'missing-column', detail: 'the header must name the column sku' });
  if (errors.length) throw problems.validationFailed(errors);
  return columns as Column[];
}

const brokenCsv = ({ code, lines }: CsvError & { lines?: number }): string =>
  code === 'CSV_QUOTE_NOT_CLOSED'
    ? 'The body is not valid CSV: a quote is never closed.'
    : `The body is not valid CSV: a quote is out of place in line ${lines}.`;

const NO_CATEGORY: RowError = {
  column: 'category',
  code: 'category-unknown',
  detail: 'there is no category of this path (such as Home > Lights) or id',
};

/** A blank cell says nothing. */
class CsvRow implements ProductRow {
  private readonly cells: Cells;
  private readonly misfit?: RowError;

  constructor(
    readonly row: number,
    header: Column[],
    record: string[],
  ) {
    const values = header.map((column, index) => [column, record[index]?.trim()]).filter(([, value]) => value);
    this.cells = Object.fromEntries(values) as Cells;
    if (record.length !== header.length) {
      const detail = `the row has ${record.length} cells, and the header ${header.length}`;
      this.misfit = { column: null, code: 'cell-count', detail };
    }
  }

  get sku(): string {
    return this.cells.sku ?? '';
  }

  get category(): string | undefined {
    return this.cells.category;
  }

  forNew(terms: Terms): Checked<CreateProductDto> {
    const { price: amount, currency = terms.currency } = this.cells;
    return this.check(CreateProductDto, { amount, currency }, terms);
  }

  /** A price in another currency has to be given; where it is left out, so is the currency. */
  forKnown(terms: Terms): Checked<ChangeProductDto> {
    const { price: amount, currency = terms.currency } = this.cells;
    const price = amount === undefined && currency === terms.currency ? undefined : { amount, currency };
    return this.check(ChangeProductDto, price, terms);
  }

  private check<Dto extends object>(target: new () => Dto, price: object | undefined, terms: Terms): Checked<Dto> {
    if (this.misfit) return { errors: [this.misfit] };
    const { category, stock, unitLimit, active, currency: _ofThePrice, ...texts } = this.cells;
    const { categoryId } = terms;
    const quantities = { stock: numberOf(stock), unitLimit: numberOf(unitLimit) };
    const command = plainToInstance(target, { ...texts, price, categoryId, active: booleanOf(active), ...quantities });
    const errors = this.errorsOf(fieldErrorsOf(command));
    if (category && !categoryId) errors.push(NO_CATEGORY);
    return errors.length ? { errors } : { command };
  }

  /** What is missing is said once, whatever it is not. */
  private errorsOf(errors: FieldError[]): RowError[] {
    const all = errors.map(({ pointer, code, detail }): RowError => {
      const column = pointer.replace('/price/', '/').replace('/amount', '/price').slice(1);
      if (this.cells[column as Column] !== undefined) return { column, code, detail };
      return { column, code: 'missing', detail: `${column} must be given here` };
    });
    return [...new Map(all.map((error) => [`${error.column} ${error.code}`, error])).values()];
  }
}

/** What is no number stays as it is, for the rules to refuse. */
const numberOf = (cell: string | undefined): unknown =>
  cell !== undefined && /^-?\d{1,15}(\.\d{1,9})?$/.test(cell) ? Number(cell) : cell;

const booleanOf = (cell: string | undefined): unknown =>
  ({ true: true, false: false })[cell?.toLowerCase() ?? ''] ?? cell;
