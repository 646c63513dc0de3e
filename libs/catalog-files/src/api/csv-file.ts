import { setImmediate } from 'node:timers/promises';
import { pipeline } from 'node:stream';
import { type FieldError, problems } from '@holdfast/platform';
import { CsvError, parse } from 'csv-parse';

export const MOST_ROWS = 100_000;
/** The header is bounded before it is split, compared or repeated in an error. */
const MOST_COLUMNS = 500;
const LONGEST_HEADER = 32_768;
const MOST_ERRORS = 50;

/** Characters that are parsed before other requests get their turn. */
const PIECE = 65_536;

const SEPARATORS = [',', ';', '\t'] as const;
export type Separator = (typeof SEPARATORS)[number];

/** The cells of one row by column; blank cells are left out. */
export interface CellRow<Column extends string> {
  /** As a spreadsheet counts rows: the header is row 1, a `sep=` line counts as well. */
  row: number;
  cells: Partial<Record<Column, string>>;
  /** The reason to refuse the row: its cells do not fit the header. */
  misfit?: string;
}

export interface CsvFile<Column extends string> {
  separator: Separator;
  rows: CellRow<Column>[];
}

export interface ReadOptions<Column extends string> {
  columns: readonly Column[];
  required: Column;
  /** Names of columns in the file and the columns that they stand for; undefined leaves a column out. */
  map: ReadonlyMap<string, Column | undefined>;
}

interface ParsedRecord {
  record: string[];
  info: { records: number; empty_lines: number };
}

/** Reads a whole file. A file that is broken as a whole is refused here, before any row has an effect. */
export async function readCsv<Column extends string>(
  text: string,
  options: ReadOptions<Column>,
): Promise<CsvFile<Column>> {
  const declared = /^sep=([^\r\n])(?:\r\n|\n|\r|$)/i.exec(text);
  const csv = declared ? text.slice(declared[0].length) : text;
  const known = new Map(options.columns.map((column) => [folded(column), column]));
  const headerLine = headerLineOf(csv);
  const separator = declared ? separatorOf(declared[1]) : detectSeparator(headerLine, known, options.map);
  const parser = parse({
    ...{ delimiter: separator, info: true, recordDelimiter: ['\r\n', '\n', '\r'] },
    ...{ relaxColumnCount: true, skipEmptyLines: true },
  });
  // The loop below throws the parser's errors.
  pipeline(piecesOf(csv), parser, () => undefined);
  let header: (Column | undefined | null)[] | undefined;
  const rows: CellRow<Column>[] = [];
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      if (!header) {
        if (record.every((name) => name.trim() === '')) continue;
        header = columnsOf(record, known, options);
        continue;
      }
      if (rows.length === MOST_ROWS) throw problems.malformedBody(`The file has more than ${MOST_ROWS} rows.`);
      const row = rowOf(info.records + info.empty_lines + (declared ? 1 : 0), header, record);
      if (row) rows.push(row);
    }
  } catch (error) {
    throw error instanceof CsvError ? problems.malformedBody(brokenCsv(error)) : error;
  }
  if (!header) columnsOf([], known, options);
  return { separator, rows };
}

async function* piecesOf(text: string): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += PIECE) {
    yield text.slice(start, start + PIECE);
    await setImmediate();
  }
}

/** Letter case, blanks, `_` and `-` in the name of a column do not count. */
const folded = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]+/g, '');

/** Header cells are compared with the names of `map` in any letter case. */
const mapKey = (name: string): string => name.trim().toLowerCase();

function separatorOf(declared: string): Separator {
  const separator = SEPARATORS.find((each) => each === declared);
  if (!separator) throw problems.malformedBody('The sep= line must name a comma, a semicolon or a tab.');
  return separator;
}

/** The header row; line ends within quotes belong to it. */
function headerLineOf(csv: string): string {
  const bounded = csv.slice(0, LONGEST_HEADER + 1);
  let isQuoted = false;
  let isBlank = true;
  for (let at = 0; at < bounded.length; at++) {
    if (bounded[at] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && !isBlank && /[\r\n]/.test(bounded[at])) return bounded.slice(0, at);
    isBlank &&= /\s/.test(bounded[at]);
  }
  if (bounded.length > LONGEST_HEADER)
    throw problems.malformedBody(
      `The header row is longer than ${LONGEST_HEADER} characters, or a quote is not closed.`,
    );
  return bounded;
}

/** The separator that yields most columns with a known name; with equal numbers the one that yields most cells. */
function detectSeparator(
  header: string,
  known: ReadonlyMap<string, unknown>,
  map: ReadonlyMap<string, unknown>,
): Separator {
  const scored = SEPARATORS.map((separator) => {
    const names = header.split(separator).map((name) => name.trim().replace(/^"(.*)"$/s, '$1'));
    const hits = names.filter((name) => known.has(folded(name)) || map.has(mapKey(name))).length;
    return { separator, score: hits * (LONGEST_HEADER + 1) + names.length };
  });
  return scored.reduce((best, each) => (each.score > best.score ? each : best)).separator;
}

/** The column of each cell: undefined for one that is left out, null for one without a name. Throws all problems. */
function columnsOf<Column extends string>(
  names: string[],
  known: ReadonlyMap<string, Column>,
  { columns, required, map }: ReadOptions<Column>,
): (Column | undefined | null)[] {
  if (names.length > MOST_COLUMNS) throw problems.malformedBody(`The file has more than ${MOST_COLUMNS} columns.`);
  const errors: FieldError[] = [];
  const seen = new Set<Column>();
  const unused = new Set(map.keys());
  const header = names.map((name, index) => {
    if (name.trim() === '') return null;
    const pointer = `/columns/${index}`;
    const isMapped = unused.delete(mapKey(name)) || map.has(mapKey(name));
    const column = isMapped ? map.get(mapKey(name)) : known.get(folded(name));
    if (column === undefined) {
      if (!map.size)
        errors.push({
          ...{ pointer, code: 'unknown-column' },
          detail: `there is no column "${name.slice(0, 100)}"; there are ${columns.join(', ')}; or give ?map=theirs:ours`,
        });
      return undefined;
    }
    if (seen.has(column))
      errors.push({ pointer, code: 'duplicate-column', detail: `the column ${column} is there twice` });
    seen.add(column);
    return column;
  });
  for (const name of unused)
    errors.push({
      pointer: '/columns',
      code: 'missing-column',
      detail: `the file has no column "${name}", which map names`,
    });
  if (!seen.has(required))
    errors.push({ pointer: '/columns', code: 'missing-column', detail: `the header must name the column ${required}` });
  if (errors.length) throw problems.validationFailed(errors.slice(0, MOST_ERRORS));
  return header;
}

/** Undefined for a blank row. Empty cells beyond the header are left out. */
function rowOf<Column extends string>(
  row: number,
  header: (Column | undefined | null)[],
  record: string[],
): CellRow<Column> | undefined {
  const values = record.map((value) => value.trim());
  const cells: Partial<Record<Column, string>> = {};
  let isBlank = true;
  let isUnnamed = false;
  values.forEach((value, index) => {
    const column = header[index];
    if (value === '' || column === undefined) {
      if (index < header.length || value === '') return;
    }
    isBlank = false;
    if (column) cells[column] = value;
    else isUnnamed = true;
  });
  if (isBlank) return undefined;
  if (isUnnamed) return { row, cells, misfit: 'the row has a cell in a column without a name' };
  if (values.length < header.length)
    return { row, cells, misfit: `the row has ${values.length} cells, and the header ${header.length}` };
  return { row, cells };
}

const brokenCsv = ({ code, lines }: CsvError & { lines?: number }): string =>
  code === 'CSV_QUOTE_NOT_CLOSED'
    ? 'The body is not valid CSV: a quote is never closed.'
    : `The body is not valid CSV: a quote is out of place in line ${lines}.`;
