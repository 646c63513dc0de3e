import type { AggregateRoot, DomainError } from '@holdfast/shared-kernel';
import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';

/** A class as a value, also one with a private constructor. */
// Function is the only type that admits a class whose constructor is private.
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export type ClassOf<T> = Function & { prototype: T };

export type Columns = Record<string, EntitySchemaColumnOptions>;

export interface Table {
  /** `schema.table` */
  table: string;
  columns: Columns;
}

export interface Children extends Table {
  /** The aggregate's array property that holds them. */
  property: string;
  target: ClassOf<object>;
  /** The child's property that holds the aggregate's id. */
  parentId: string;
  /** Whether locking the aggregate reads the children. Others are only added, or read beside it (`Unit.adopt`). */
  loaded: boolean;
  /** A sweep may delete the children without locking the aggregate. They are upserted by key. */
  swept?: boolean;
}

export interface AggregateMapping {
  target: ClassOf<AggregateRoot>;
  children: Children[];
  refusals: Record<string, () => DomainError>;
  /** Rows are written in this order, whatever the order in which their aggregates were locked. */
  position: number;
}

const mappings = new Map<unknown, AggregateMapping>();

/**
 * Maps an aggregate and its children onto tables, from outside the classes. Returns the schemas for the DataSource. An
 * aggregate is mapped after those that its rows refer to by a foreign key, which are then written first.
 * `refusals` turns the name of a violated constraint into the domain error that it means.
 */
export function mapAggregate(
  target: ClassOf<AggregateRoot>,
  options: Table & { children?: Children[]; refusals?: Record<string, () => DomainError> },
): EntitySchema[] {
  const { children = [], refusals = {} } = options;
  mappings.set(target, { target, children, refusals, position: mappings.size });
  return [schemaOf(target, options), ...children.map((child) => schemaOf(child.target, child))];
}

export function mappingOf(target: unknown): AggregateMapping {
  const mapping = mappings.get(target);
  if (!mapping) throw new Error(`${(target as { name?: string }).name} is not mapped: call mapAggregate for it`);
  return mapping;
}

function schemaOf(target: ClassOf<object>, { table, columns }: Table): EntitySchema {
  const [schema, tableName] = table.split('.');
  return new EntitySchema({ name: target.name, target, schema, tableName, columns });
}
