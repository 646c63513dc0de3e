import type { DataSource, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { ClassOf } from './aggregate-mapping';

export type Statement = <Row = unknown>(
  sql: string,
  parameters: unknown[],
) => Promise<{ rows: Row[]; affected: number }>;

/** An object's column values as they are sent. A change is the difference between two rows. */
export type Row = readonly unknown[];

export interface Change {
  before: Row;
  after: Row;
}

type Convert = (value: unknown) => unknown;

/** Converts between a property and its column. Each is undefined where both hold the same value. */
interface Conversion {
  toColumn?: Convert;
  toProperty?: Convert;
}

/** Types whose values need no conversion. */
const UNCONVERTED = ['uuid', 'text', 'smallint', 'integer', 'bigint', 'numeric', 'boolean', 'timestamptz'];

/**
 * Locks, reads and writes any number of rows of one table with one statement: the columns travel as arrays and are
 * unnested in the database. Built once per table from the columns of its EntitySchema.
 */
export class TableWriter<Entity extends object = object> {
  private readonly columns: ColumnMetadata[];
  private readonly properties: string[];
  private readonly conversions: Conversion[];
  private readonly types: string[];
  private readonly isKey: boolean[];
  private readonly all: number[];
  private readonly keys: number[];
  /** Columns that a lock leaves out (`select: false`), for {@link complete}. They are never null. */
  private readonly deferred: number[];
  private readonly read: number[];
  private readonly sameKey: string;
  private readonly table: string;
  private readonly selected: string;
  /** SQL that was built, by what it does. One text for one statement also makes its name quick to find. */
  private readonly texts = new Map<string, string>();

  constructor(
    dataSource: DataSource,
    private readonly target: ClassOf<Entity>,
  ) {
    const metadata = dataSource.getMetadata(target);
    this.table = metadata.tablePath;
    this.columns = metadata.columns.filter((column) => column.isInsert && !column.isGenerated);
    this.properties = this.columns.map(({ propertyName }) => propertyName);
    this.conversions = this.columns.map(conversionOf);
    this.types = this.columns.map((column) => dataSource.driver.normalizeType(column));
    this.isKey = this.columns.map((column) => column.isPrimary);
    this.all = this.columns.map((_, index) => index);
    this.keys = this.all.filter((index) => this.isKey[index]);
    this.sameKey = this.keys.map((index) => `t.${this.name(index)} = d.${this.name(index)}`).join(' AND ');
    this.deferred = this.all.filter((index) => !this.columns[index].isSelect);
    this.read = this.all.filter((index) => !this.deferred.includes(index));
    this.selected = this.names(this.read);
    const loose = this.deferred.find((index) => this.columns[index].isNullable);
    if (loose !== undefined) throw new Error(`${this.properties[loose]} is nullable; it cannot be left out of a lock`);
  }

  /** `SELECT … FOR UPDATE` in id order. Rows that do not exist are missing from the result. */
  async lockAll(ids: readonly string[], statement: Statement, skipLocked = false): Promise<Entity[]> {
    const id = this.names(this.keys);
    const wait = skipLocked ? ' SKIP LOCKED' : '';
    const sql = this.textOf(`lock${wait}`, () => {
      return `SELECT ${this.selected} FROM ${this.table} WHERE ${id} = ANY($1) ORDER BY ${id} FOR UPDATE${wait}`;
    });
    const { rows } = await statement<Record<string, unknown>>(sql, [ids]);
    return rows.map((row) => this.entityOf(row));
  }

  /** The rows whose `property` names one of these ids, in the order of their keys. */
  async belongingTo(ids: readonly string[], property: string, statement: Statement): Promise<Entity[]> {
    const parent = this.columns.findIndex(({ propertyName }) => propertyName === property);
    const { rows } = await statement<Record<string, unknown>>(
      `SELECT ${this.selected} FROM ${this.table} WHERE ${this.name(parent)} = ANY($1) ORDER BY ${this.names(this.keys)}`,
      [ids],
    );
    return rows.map((row) => this.entityOf(row));
  }

  private entityOf(row: Record<string, unknown>): Entity {
    const entity = new (this.target as unknown as new () => Record<string, unknown>)();
    this.fill(entity, row, this.read);
    return entity as Entity;
  }

  private fill(entity: Record<string, unknown>, row: Record<string, unknown>, indexes: number[]): void {
    for (const index of indexes) {
      const { toProperty } = this.conversions[index];
      const value = row[this.columns[index].databaseName];
      entity[this.properties[index]] = toProperty ? toProperty(value) : value;
    }
  }

  /** Reads what the lock of an entity has left out. The entities go by id. */
  async complete(entities: ReadonlyMap<string, Entity>, statement: Statement): Promise<void> {
    if (!this.deferred.length || !entities.size) return;
    const id = this.names(this.keys);
    const sql = this.textOf('complete', () => {
      return `SELECT ${id} AS id, ${this.names(this.deferred)} FROM ${this.table} WHERE ${id} = ANY($1)`;
    });
    const { rows } = await statement<Record<string, unknown>>(sql, [[...entities.keys()]]);
    for (const row of rows) this.fill(entities.get(row['id'] as string) as Record<string, unknown>, row, this.deferred);
  }

  /** The row before a change, with the entity's values where the lock had left them out. */
  completed(before: Row, entity: Readonly<ObjectLiteral>): Row {
    const row = this.rowOf(entity);
    return before.map((value, index) => (this.deferred.includes(index) ? row[index] : value));
  }

  rowOf(entity: Readonly<ObjectLiteral>): Row {
    const row: unknown[] = [];
    for (const index of this.all) {
      const { toColumn } = this.conversions[index];
      const value: unknown = entity[this.properties[index]];
      row.push((toColumn ? toColumn(value) : value) ?? null);
    }
    return row;
  }

  /** Adds the values of the mapped properties, of which only those that may change inside are converted. */
  addState(entity: Readonly<ObjectLiteral>, state: unknown[]): void {
    for (const index of this.all) {
      const value: unknown = entity[this.properties[index]];
      const isFixed = typeof value !== 'object' || value === null || value instanceof Date;
      state.push(isFixed ? value : (this.conversions[index].toColumn?.(value) ?? value));
    }
  }

  /** The names of the properties that differ. Without a row before, those of all. */
  changedProperties(before: Row | undefined, after: Row): string[] {
    return this.properties.filter((_, index) => !before || !same(before[index], after[index]));
  }

  async insert(rows: Row[], statement: Statement): Promise<void> {
    if (!rows.length) return;
    await statement(this.insertText, this.parameters(this.all, rows));
  }

  private get insertText(): string {
    return this.textOf('insert', () => {
      const sentRows = `unnest(${this.arrays(this.all)}) AS d(${this.names(this.all)})`;
      const values = this.all.map((index) => this.insertedValue(index)).join(', ');
      return `INSERT INTO ${this.table} (${this.names(this.all)}) SELECT ${values} FROM ${sentRows}`;
    });
  }

  /** A column whose default is SQL takes it where the object has no value. */
  private insertedValue(index: number): string {
    const { default: value } = this.columns[index];
    const sent = `d.${this.name(index)}`;
    return typeof value === 'function' ? `coalesce(${sent}, ${value()})` : sent;
  }

  /** Sends only the columns that changed in at least one row. Throws unless every row still exists. */
  async update(changes: Change[], statement: Statement): Promise<void> {
    if (!changes.length) return;
    const changed = this.all.filter((index) => changes.some(({ before, after }) => !same(before[index], after[index])));
    if (changed.some((index) => this.isKey[index])) throw new Error(`the key of a row of ${this.table} changed`);
    const sent = [...this.keys, ...changed];
    const sql = this.textOf(`update ${changed.join()}`, () => {
      const set = changed.map((index) => `${this.name(index)} = ${this.changeOf(index)}`).join(', ');
      const sentRows = `unnest(${this.arrays(sent)}) AS d(${this.names(sent)})`;
      return `UPDATE ${this.table} t SET ${set} FROM ${sentRows} WHERE ${this.sameKey}`;
    });
    const after = changes.map((change) => change.after);
    const { affected } = await statement(sql, this.parameters(sent, after));
    if (affected !== changes.length)
      throw new Error(`${affected} of ${changes.length} changed rows of ${this.table} were there to be updated`);
  }

  /** Inserts each row, or updates the row that has its key. */
  async upsert(rows: Row[], statement: Statement): Promise<void> {
    if (!rows.length) return;
    const sql = this.textOf('upsert', () => {
      const rest = this.all.filter((index) => !this.isKey[index]).map((index) => this.name(index));
      const set = rest.map((name) => `${name} = excluded.${name}`).join(', ');
      return `${this.insertText} ON CONFLICT (${this.names(this.keys)}) DO UPDATE SET ${set}`;
    });
    await statement(sql, this.parameters(this.all, rows));
  }

  /** By key; returns how many were there. */
  async delete(rows: Row[], statement: Statement): Promise<number> {
    if (!rows.length) return 0;
    const { affected } = await statement(
      `DELETE FROM ${this.table} t USING unnest(${this.arrays(this.keys)}) AS d(${this.names(this.keys)}) WHERE ${this.sameKey}`,
      this.parameters(this.keys, rows),
    );
    return affected;
  }

  /** A deferred column that was not read is null here, and stays as it is. */
  private changeOf(index: number): string {
    const name = this.name(index);
    return this.deferred.includes(index) ? `coalesce(d.${name}, t.${name})` : `d.${name}`;
  }

  private textOf(what: string, build: () => string): string {
    const known = this.texts.get(what) ?? build();
    this.texts.set(what, known);
    return known;
  }

  private name(index: number): string {
    return `"${this.columns[index].databaseName}"`;
  }

  private names(indexes: number[]): string {
    return indexes.map((index) => this.name(index)).join(', ');
  }

  private arrays(indexes: number[]): string {
    return indexes.map((index, position) => `$${position + 1}::${this.types[index]}[]`).join(', ');
  }

  private parameters(indexes: number[], rows: Row[]): unknown[] {
    return indexes.map((index) => {
      const values: unknown[] = [];
      for (const row of rows) values.push(row[index]);
      return values;
    });
  }
}

function conversionOf({ propertyPath, embeddedMetadata, type, transformer }: ColumnMetadata): Conversion {
  const mapped = `${propertyPath}: ${String(type)}`;
  if (embeddedMetadata) throw new Error(`${mapped} is embedded; only an object's own properties can be mapped`);
  if (Array.isArray(transformer)) throw new Error(`${mapped} has several transformers; only one can be mapped`);
  if (transformer)
    return {
      toColumn: (value) => transformer.to(value) as unknown,
      toProperty: (value) => transformer.from(value) as unknown,
    };
  if (type === 'jsonb') return { toColumn: (value) => value && JSON.stringify(value) };
  if (!UNCONVERTED.includes(String(type))) throw new Error(`${mapped} has a type that the set writer cannot convert`);
  return {};
}

export function isChanged({ before, after }: Change): boolean {
  for (let index = 0; index < before.length; index++) if (!same(before[index], after[index])) return true;
  return false;
}

function same(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || (a instanceof Date && b instanceof Date && a.getTime() === b.getTime());
}
