import { AsyncLocalStorage } from 'node:async_hooks';
import type { AggregateRoot } from '@holdfast/shared-kernel';
import { type AuditRecord, auditRecordsOf } from '../audit';
import type { RequestContext } from '../observability';
import type { Handling } from '../outbox';
import { type ClassOf, isChanged, type Statement } from '../persistence';
import type { Transaction } from './transaction';

const ambient = new AsyncLocalStorage<Unit>();

/** True while the caller runs inside a unit of work. */
export const isInsideUnit = (): boolean => ambient.getStore() !== undefined;

/** The open unit of work. Throws outside one: there is no way to read or write an aggregate without a transaction. */
export function currentUnit(): Unit {
  const unit = ambient.getStore();
  if (!unit) throw new Error('No unit of work is open: @UnitOfWork() is missing on the use case.');
  unit.ensureOpen();
  return unit;
}

/** Asks the database a question. `answer` answers the questions on one topic together, in the order they came in. */
export type Ask = <Question, Answer>(
  topic: unknown,
  question: Question,
  answer: (questions: Question[], statement: Statement) => Promise<Answer[]>,
) => Promise<Answer>;

/** Another transaction holds a row that the unit needs, and its own transaction does not wait. */
export class LockedElsewhere extends Error {}

/**
 * One run of a use case. It reads and writes aggregates through its transaction, which it may share with other units
 * (see group-commit/lanes.ts). The commit writes what has changed, so that a use case has nothing to save.
 */
export class Unit {
  /** The aggregates that it has locked or added, and the state of each when its turn began. */
  private readonly touched = new Map<AggregateRoot, unknown[]>();
  /** The ids that it has asked for, whether or not they were found. */
  private readonly requested = new Set<string>();
  readonly changed = new Set<AggregateRoot>();
  /** True when it has sent SQL of its own, which may have changed anything. */
  hasSentSql = false;
  /** The delivery of an event whose effect this unit is: noted with it. */
  handling?: Handling;
  private isOpen = true;
  private firstFailure?: { cause: unknown };

  constructor(
    private readonly transaction: Transaction,
    private readonly context: RequestContext | undefined,
    /** Asks together with the other units of the transaction. By default the unit is alone in it. */
    private readonly askTogether: Ask = async (_topic, question, answer) =>
      (await answer([question], transaction.statement))[0],
  ) {}

  /** Throws the first failure inside the use case, even when that has caught it: half a use case is never committed. */
  async run<T>(useCase: () => Promise<T>): Promise<T> {
    try {
      const result = await ambient.run(this, useCase);
      if (this.firstFailure) throw this.firstFailure.cause;
      return result;
    } finally {
      this.close();
    }
  }

  /** Adds a new aggregate, which the commit writes. */
  add(aggregate: AggregateRoot): void {
    this.ensureOpen();
    this.transaction.aggregates.add(aggregate);
    this.touched.set(aggregate, []);
    this.changed.add(aggregate);
  }

  /** `SELECT … FOR UPDATE` in id order. Aggregates that do not exist are missing from the result. */
  async lockAll<T extends AggregateRoot>(target: ClassOf<T>, ids: readonly string[]): Promise<T[]> {
    this.ensureOpen();
    const { aggregates, skipsLocked } = this.transaction;
    for (const id of ids) this.requested.add(id);
    const missing = aggregates.missing(target, ids);
    if (missing.length)
      await this.ask(target, missing, async (all) => {
        await aggregates.load(target, aggregates.missing(target, [...new Set(all.flat())]));
        return all;
      });
    if (skipsLocked && aggregates.missing(target, ids).length) throw new LockedElsewhere();
    const found = aggregates.known(target, ids);
    for (const each of found) if (!this.touched.has(each)) this.touched.set(each, aggregates.stateOf(each));
    return found;
  }

  async lock<T extends AggregateRoot>(target: ClassOf<T>, id: string): Promise<T | undefined> {
    return (await this.lockAll(target, [id]))[0];
  }

  /** Reads the columns that the lock of these aggregates has left out. They have not changed yet. */
  async complete<T extends AggregateRoot>(target: ClassOf<T>, all: readonly T[]): Promise<void> {
    const { aggregates } = this.transaction;
    await this.ask('complete', all, async (questions) => {
      await aggregates.complete(target, questions.flat());
      return questions;
    });
    for (const each of all) this.touched.set(each, aggregates.readState(each));
  }

  /** New aggregates of the transaction, which no statement finds yet. */
  added<T extends AggregateRoot>(target: ClassOf<T>): T[] {
    this.ensureOpen();
    return this.transaction.aggregates.added(target);
  }

  /** Registers children that were read beside their locked aggregate, so that changes and removals are written. */
  adopt(aggregate: AggregateRoot, children: readonly object[]): void {
    this.ensureOpen();
    this.transaction.aggregates.adopt(aggregate, children);
  }

  /** Plain SQL inside the transaction, for tables without an aggregate. */
  statement: Statement = <Row>(sql: string, parameters: unknown[]) => {
    this.ensureOpen();
    this.hasSentSql = true;
    return this.noteFailure(() => this.transaction.statement<Row>(sql, parameters));
  };

  /** Asks a question, together with the units that share the transaction. The answer must not write anything. */
  ask: Ask = (topic, question, answer) => {
    this.ensureOpen();
    return this.noteFailure(() => this.askTogether(topic, question, answer));
  };

  /** Does the work. A failure in it makes the unit fail as a whole. */
  async noteFailure<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.firstFailure ??= { cause: error };
      throw error;
    }
  }

  ensureOpen(): void {
    if (!this.isOpen) throw new Error('This unit of work has ended: a promise in it was not awaited.');
  }

  close(): void {
    this.isOpen = false;
  }

  get aggregates(): AggregateRoot[] {
    return [...this.touched.keys()];
  }

  uses(aggregate: AggregateRoot): boolean {
    return this.touched.has(aggregate) || this.requested.has(aggregate.id);
  }

  /** From here on a change to an aggregate that the unit has locked is its own. */
  beginTurn(): void {
    for (const aggregate of this.touched.keys())
      this.touched.set(aggregate, this.transaction.aggregates.stateOf(aggregate));
  }

  /** Notes which aggregates have changed in this turn, and takes their events. */
  endTurn(): void {
    const { aggregates } = this.transaction;
    for (const [aggregate, before] of this.touched)
      if (isChanged({ before, after: aggregates.readState(aggregate) })) this.changed.add(aggregate);
    aggregates.takeEvents(this.touched.keys(), this.context);
  }

  /** The records of what the unit has changed, when an admin or an API key has called it. */
  get auditRecords(): AuditRecord[] {
    return auditRecordsOf(this.context, () => this.transaction.aggregates.changesOf(this.changed));
  }
}
