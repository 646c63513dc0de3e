import { createHash } from 'node:crypto';
import { HttpProblem } from '../problems';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a cursor may carry for each type of sort key; anything else never reaches the database. */
const WELL_FORMED = {
  text: (key: string) => key.isWellFormed() && !key.includes('\0'),
  numeric: (key: string) => /^\d{1,12}(\.\d{1,6})?$/.test(key),
  bigint: (key: string) => /^\d{1,18}$/.test(key),
  timestamptz: isTimestamp,
  uuid: (key: string) => UUID.test(key),
};

export interface KeysetOptions {
  /** The SQL expression that is sorted by; an index on (key, id) must exist. */
  key: string;
  type: keyof typeof WELL_FORMED;
  /** The SQL expression that breaks ties. */
  id: string;
  descending: boolean;
  /** Filters and sort: a cursor is good only for the list that it came from. */
  boundTo: Record<string, unknown>;
  cursor?: string;
  limit: number;
}

export interface List<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** The columns that {@link Keyset.columns} adds to each row. */
export interface KeyColumns {
  cursor_key: string;
  cursor_id: string;
  /** Of the last row that was looked at, when there may be more behind it: the page ends here, however short. */
  cut?: boolean;
  /** Whether the row is an item of the list; all are, unless it is said. */
  found?: boolean;
}

/** Keyset paging: no OFFSET, stable under inserts, deletes and ties. Throws 400 `invalid-cursor`. */
export class Keyset {
  private readonly last?: { key: string; id: string };
  private readonly binding: string;

  constructor(private readonly options: KeysetOptions) {
    const { boundTo, key, descending, cursor } = options;
    const list = JSON.stringify([Object.entries(boundTo).sort(), key, descending]);
    this.binding = createHash('sha256').update(list).digest('base64url').slice(0, 16);
    if (cursor !== undefined) this.last = this.decode(cursor);
  }

  /** Goes into SELECT; timestamps leave as text because a JavaScript Date would lose the microseconds. */
  get columns(): string {
    const { key, type, id } = this.options;
    const text = type === 'timestamptz' ? `(${key} AT TIME ZONE 'UTC')::text || '+00'` : `${key}::text`;
    return `${text} AS cursor_key, ${id}::text AS cursor_id`;
  }

  /** Goes into WHERE; adds its parameters to the query's. */
  after(parameters: unknown[]): string {
    if (!this.last) return 'true';
    const { key, type, id, descending } = this.options;
    parameters.push(this.last.key, this.last.id);
    const n = parameters.length;
    return `(${key}, ${id}) ${descending ? '<' : '>'} ($${n - 1}::${type}, $${n}::uuid)`;
  }

  get order(): string {
    const { key, id, descending } = this.options;
    const direction = descending ? 'DESC' : 'ASC';
    return `ORDER BY ${key} ${direction}, ${id} ${direction}`;
  }

  /** One row more than the page, to know whether there is a next. */
  get orderAndLimit(): string {
    return `${this.order} LIMIT ${this.options.limit + 1}`;
  }

  /** The page, and the cursor of the next. Without `itemOf` a row is an item as soon as it has lost the key's columns. */
  list<Row extends object, Item = Row>(rows: (Row & KeyColumns)[], itemOf: (row: Row) => Item = itemIn): List<Item> {
    const page = rows.slice(0, this.options.limit);
    const goesOn = rows.length > page.length || page.at(-1)?.cut;
    const items = page.filter(({ found = true }) => found).map(itemOf);
    return { items, nextCursor: goesOn ? this.encode(page.at(-1)!) : null };
  }

  private encode({ cursor_key, cursor_id }: KeyColumns): string {
    return Buffer.from(JSON.stringify([1, cursor_key, cursor_id, this.binding])).toString('base64url');
  }

  private decode(cursor: string): { key: string; id: string } {
    let parts: unknown;
    try {
      parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    } catch {
      throw new InvalidCursor();
    }
    if (!Array.isArray(parts)) throw new InvalidCursor();
    const [version, key, id, binding] = parts as unknown[];
    if (
      version !== 1 ||
      binding !== this.binding ||
      typeof key !== 'string' ||
      typeof id !== 'string' ||
      !UUID.test(id)
    )
      throw new InvalidCursor();
    if (!WELL_FORMED[this.options.type](key)) throw new InvalidCursor();
    return { key, id };
  }
}

/** The row without the columns that {@link Keyset.columns} added. */
function itemIn<Item>(row: object): Item {
  const { cursor_key: _key, cursor_id: _id, cut: _cut, found: _found, ...item } = row as KeyColumns;
  return item as Item;
}

export class InvalidCursor extends HttpProblem {
  constructor() {
    super(400, 'invalid-cursor', 'The cursor is not one that this list, with these filters and this sort, gave out.');
  }
}

/** A moment that exists: both JavaScript and PostgreSQL know a 30 February when they see one, but only one of them says so. */
function isTimestamp(key: string): boolean {
  const [, second] = /^([1-9]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d{1,6})?\+00$/.exec(key) ?? [];
  if (second === undefined) return false;
  const moment = new Date(`${second.replace(' ', 'T')}Z`);
  return !isNaN(moment.getTime()) && moment.toISOString().startsWith(second.replace(' ', 'T'));
}
