import { decimalOf, thousandthsOf } from '@holdfast/shared-kernel';
import type { EntitySchemaColumnOptions } from 'typeorm';

/** `numeric(13,3)` in the database, thousandths as a bigint in the domain. */
export const thousandths = (name: string): EntitySchemaColumnOptions => ({
  name,
  type: 'numeric',
  transformer: { to: (value: bigint) => decimalOf(value), from: (value: string) => thousandthsOf(value) },
});

export const id: EntitySchemaColumnOptions = { type: 'uuid', primary: true };
export const uuid = (name: string, nullable = false): EntitySchemaColumnOptions => ({ name, type: 'uuid', nullable });
export const text = (name: string, nullable = false): EntitySchemaColumnOptions => ({ name, type: 'text', nullable });
export const integer = (name: string): EntitySchemaColumnOptions => ({ name, type: 'integer' });
/** `bigint` in the database, a number here: ours stay far below 2^53. */
export const count = (name: string): EntitySchemaColumnOptions => ({
  name,
  type: 'bigint',
  transformer: { to: String, from: Number },
});
export const boolean = (name: string): EntitySchemaColumnOptions => ({ name, type: 'boolean' });
/** The moment of the insert, by the database's clock, to the millisecond; an object may bring its own. */
export const insertTime = (name: string): EntitySchemaColumnOptions => ({
  ...timestamp(name),
  default: () => `date_trunc('milliseconds', clock_timestamp())`,
});
export const timestamp = (name: string, nullable = false): EntitySchemaColumnOptions => ({
  name,
  type: 'timestamptz',
  nullable,
});
