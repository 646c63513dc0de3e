import { AsyncLocalStorage } from 'node:async_hooks';
import type { AggregateRoot } from '@holdfast/shared-kernel';
import { type AuditRecord, auditRecordsOf } from '../audit';
import type { RequestContext } from '../observability';
import { type ClassOf, isChanged, type Statement } from '../persistence';
import type { Transaction } from './transaction';

const ambient = new AsyncLocalStorage<Unit>();

/** True while the caller runs inside a unit of work. */
export const isInsideUnit = (): boolean => ambient.getStore() !== undefined;

/** The open unit of work. Throws outside one: there is no way to read or write an aggregate without a transaction. */
export function currentUnit(): Unit {
  const unit = ambient.getStore();
  if (!unit) throw new Error('No unit of work is open: @UnitOfWork() is missing on the use case.');
  unit.mustBeOpen();
  return unit;
}

/** What one unit asks of the database, and how the questions of all that ask the same are answered together. */
export type Ask = <Question, Answer>(
  topic: unknown,
  question: Question,
  answer: (questions: Question[], statement: Statement) => Promise<Answer[]>,
) => Promise<Answer>;

/** Some of what a unit needs is held by another transaction, and its own does not wait: it has to run elsewhere. */
export class LockedElsewhere extends Error {}

/**
 * One run of a use case. It reads and writes aggregates through its transaction, which it may share with other units
 * (see group-commit.ts). Nothing can be forgotten, because nothing has to be saved.
 */
export class Unit {
  /** What it has locked or made, and the state of each when its turn began. */
  private readonly mine = new Map<AggregateRoot, unknown[]>();
  /** What it has asked for, found or not, and perhaps not yet answered. */
  private readonly wanted = new Set<string>();
  readonly changed = new Set<AggregateRoot>();
  /** It has sent SQL of its own, which may have changed anything. */
  isOpaque = false;
  private open = true;
  private doom?: { cause: unknown };

  constructor(
    private readonly transaction: Transaction,
    private readonly context: RequestContext | undefined,
    /** Asks together with others; a unit that has its transaction to itself waits for nobody. */
    private readonly asking: Ask = async (_topic, question, answer) =>
      (await answer([question], transaction.statement))[0],
  ) {}

  run<T>(useCase: () => Promise<T>): Promise<T> {
    return ambient.run(this, useCase);
  }

  /** A new aggregate: written at commit. */
  add(aggregate: AggregateRoot): void {
    this.mustBeOpen();
    this.transaction.add(aggregate);
    this.mine.set(aggregate, []);
    this.changed.add(aggregate);
  }

  /** `SELECT … FOR UPDATE` in id order; those that do not exist are missing from the result. */
  async lockAll<T extends AggregateRoot>(target: ClassOf<T>, ids: readonly string[]): Promise<T[]> {
    this.mustBeOpen();
    for (const id of ids) this.wanted.add(id);
    const missing = this.transaction.unknown(target, ids);
    if (missing.length)
      await this.ask(target, missing, async (all) => {
        await this.transaction.load(target, this.transaction.unknown(target, [...new Set(all.flat())]));
        return all;
      });
    if (this.transaction.skipsLocked && this.transaction.unknown(target, ids).length) throw new LockedElsewhere();
    const found = this.transaction.known(target, ids);
    for (const each of found) if (!this.mine.has(each)) this.mine.set(each, this.transaction.stateOf(each));
    return found;
  }

  async lock<T extends AggregateRoot>(target: ClassOf<T>, id: string): Promise<T | undefined> {
    return (await this.lockAll(target, [id]))[0];
  }

  /** New aggregates of its transaction, which no statement finds yet. */
  added<T extends AggregateRoot>(target: ClassOf<T>): T[] {
    this.mustBeOpen();
    return this.transaction.added(target);
  }

  /** Children that were read beside their locked aggregate: what changes of them, or is taken out, is written too. */
  adopt(aggregate: AggregateRoot, children: readonly object[]): void {
    this.mustBeOpen();
    this.transaction.adopt(aggregate, children);
  }

  /** Plain SQL inside the transaction, for what is no aggregate. */
  statement: Statement = <Row>(sql: string, parameters: unknown[]) => {
    this.mustBeOpen();
    this.isOpaque = true;
    return this.dooming(() => this.transaction.statement<Row>(sql, parameters));
  };

  /**
   * A question to the database that units which share a transaction ask together: `answer` gets the questions of all of
   * them, and gives their answers in the same order. It changes nothing that a refusal afterwards would have to take back.
   */
  ask: Ask = (topic, question, answer) => {
    this.mustBeOpen();
    return this.dooming(() => this.asking(topic, question, answer));
  };

  /** An inner failure dooms the unit even when the caller catches it: half a use case is never committed. */
  async dooming<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.doom ??= { cause: error };
      throw error;
    }
  }

  mustBeOpen(): void {
    if (!this.open) throw new Error('This unit of work has ended: a promise in it was not awaited.');
  }

  get aggregates(): AggregateRoot[] {
    return [...this.mine.keys()];
  }

  works(aggregate: AggregateRoot): boolean {
    return this.mine.has(aggregate) || this.wanted.has(aggregate.id);
  }

  /** Its turn begins: from here on a change to what it has locked is its own. */
  resume(): void {
    for (const aggregate of this.mine.keys()) this.mine.set(aggregate, this.transaction.stateOf(aggregate));
  }

  /** Its turn ends: what has changed and been recorded since is its own. */
  pause(): void {
    for (const [aggregate, before] of this.mine)
      if (isChanged({ before, after: this.transaction.lookAt(aggregate) })) this.changed.add(aggregate);
    this.transaction.takeEvents(this.mine.keys(), this.context);
  }

  /** What it has done, if an admin or an API key has asked for it; once its turns are over. */
  get auditRecords(): AuditRecord[] {
    return auditRecordsOf(this.context, () => this.transaction.changesOf(this.changed));
  }

  /** Throws what has doomed it. */
  end(): void {
    this.open = false;
    if (this.doom) throw this.doom.cause;
  }

  close(): void {
    this.open = false;
  }
}
