import { createHash } from 'node:crypto';
import { HttpProblem } from '../problems';

const NIL = '00000000-0000-0000-0000-000000000000';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The form of a cursor's sort key, by type. Any other form is refused before it reaches the database. */
const WELL_FORMED = {
  text: (key: string) => key.isWellFormed() && !key.includes('\0'),
  numeric: (key: string) => /^\d{1,12}(\.\d{1,6})?$/.test(key),
  bigint: (key: string) => /^\d{1,18}$/.test(key),
  xid8: (key: string) => /^\d{1,18}$/.test(key),
  timestamptz: isTimestamp,
  uuid: (key: string) => UUID.test(key),
};

export interface KeysetOptions {
  /** The SQL expression to sort by. An index on (key, id) must exist. */
  key: string;
  type: keyof typeof WELL_FORMED;
  /** What a cursor is bound to instead of the key, if several expressions of the same value sort one list. */
  boundKey?: string;
  /** The SQL expression that breaks ties. */
  id: string;
  descending: boolean;
  /** Filters and sort. A cursor is valid only for the list that it came from. */
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
  /** True for the last row that was examined when more may follow: the page ends here, however short. */
  cut?: boolean;
  /** False for a row that is no item of the list. */
  found?: boolean;
}

/** Keyset paging: no OFFSET, stable under inserts, deletes and ties. Throws 400 `invalid-cursor`. */
export class Keyset {
  private readonly last?: { key: string; id: string };
  private readonly binding: string;

  constructor(private readonly options: KeysetOptions) {
    const { boundTo, key, boundKey = key, descending, cursor } = options;
    const list = JSON.stringify([Object.entries(boundTo).sort(), boundKey, descending]);
    this.binding = createHash('sha256').update(list).digest('base64url').slice(0, 16);
    if (cursor !== undefined) this.last = this.decode(cursor);
  }

  /** The columns for SELECT. Timestamps are text, because a JavaScript Date loses the microseconds. */
  get columns(): string {
    const { key, type, id } = this.options;
    const text = type === 'timestamptz' ? `(${key} AT TIME ZONE 'UTC')::text || '+00'` : `${key}::text`;
    return `${text} AS cursor_key, ${id}::text AS cursor_id`;
  }

  /** The condition for WHERE. Adds its parameters to those of the query. */
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

  /** Reads one row more than the page, which shows whether another page follows. */
  get orderAndLimit(): string {
    return `${this.order} LIMIT ${this.options.limit + 1}`;
  }

  /** The page, and the cursor of the next one. By default an item is its row without the key columns. */
  list<Row extends object, Item = Row>(
    rows: (Row & KeyColumns)[],
    itemOf: (row: Row & KeyColumns) => Item = itemIn,
  ): List<Item> {
    const page = rows.slice(0, this.options.limit);
    const goesOn = rows.length > page.length || page.at(-1)?.cut;
    const items = page.filter(({ found = true }) => found).map(itemOf);
    return { items, nextCursor: goesOn ? this.encode(page.at(-1)!) : null };
  }

  /**
   * The page of a list that has no end: its cursor goes on after the last row, and without rows stays where it was.
   * `start` is a key below all others.
   */
  listEndless<Row extends KeyColumns, Item>(rows: Row[], itemOf: (row: Row) => Item, start: string) {
    const { items } = this.list<Row, Item>(rows, itemOf);
    const { key, id } = this.last ?? { key: start, id: NIL };
    const last = rows.slice(0, this.options.limit).at(-1) ?? { cursor_key: key, cursor_id: id };
    return { items, nextCursor: this.encode(last) };
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
    super(400, 'invalid-cursor', 'The cursor belongs to another list, filter or sort: begin again without it.');
  }
}

/** True for an existing moment. JavaScript turns 30 February into March, and PostgreSQL refuses it. */
function isTimestamp(key: string): boolean {
  const [, second] = /^([1-9]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d{1,6})?\+00$/.exec(key) ?? [];
  if (second === undefined) return false;
  const moment = new Date(`${second.replace(' ', 'T')}Z`);
  return !isNaN(moment.getTime()) && moment.toISOString().startsWith(second.replace(' ', 'T'));
}
