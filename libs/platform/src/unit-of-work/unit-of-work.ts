import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { AggregateRoot } from '@holdfast/shared-kernel';
import { DataSource, type QueryRunner } from 'typeorm';
import { log } from '../observability/logger';
import { requestContext } from '../observability/request-context';
import { writeEvents } from '../outbox/outbox';
import { OutboxSignal } from '../outbox/outbox-signal';
import { type AggregateMapping, type ClassOf, mappingOf } from '../persistence/aggregate-mapping';
import { isRetryable, violatedConstraint } from '../persistence/database-errors';
import { type Change, isChanged, type Row, type Statement, TableWriter } from '../persistence/set-writer';
import { IdempotencyKeys } from './idempotency-keys';

const ATTEMPTS = 5;

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

interface Tracked {
  aggregate: AggregateRoot;
  mapping: AggregateMapping;
  /** As loaded; undefined for a new aggregate. */
  before?: Row;
  childrenBefore: Map<object, Row>;
}

/**
 * One transaction and the aggregates it works on: an identity map, the row locks, and a commit that writes every new
 * and changed aggregate with its events. Nothing can be forgotten, because nothing has to be saved.
 */
export class Unit {
  private readonly tracked = new Map<unknown, Map<string, Tracked>>();
  hasEvents = false;
  private open = true;
  private doom?: { cause: unknown };

  constructor(
    private readonly runner: QueryRunner,
    private readonly writers: Writers,
  ) {}

  /** A new aggregate: written at commit. */
  add(aggregate: AggregateRoot): void {
    this.mustBeOpen();
    this.track({ aggregate, mapping: mappingOf(aggregate.constructor), childrenBefore: new Map() });
  }

  /** `SELECT … FOR UPDATE` in id order; those that do not exist are missing from the result. */
  async lockAll<T extends AggregateRoot>(target: ClassOf<T>, ids: readonly string[]): Promise<T[]> {
    this.mustBeOpen();
    const known = this.tracked.get(target);
    const missing = ids.filter((id) => !known?.has(id));
    if (missing.length) await this.dooming(() => this.load(target, missing));
    const loaded = this.tracked.get(target);
    return [...new Set(ids)].sort().flatMap((id) => (loaded?.get(id)?.aggregate as T | undefined) ?? []);
  }

  async lock<T extends AggregateRoot>(target: ClassOf<T>, id: string): Promise<T | undefined> {
    return (await this.lockAll(target, [id]))[0];
  }

  /** Plain SQL inside the transaction, for what is no aggregate. */
  statement: Statement = async <Row>(sql: string, parameters: unknown[]) => {
    this.mustBeOpen();
    const { records, affected } = await this.dooming(() => this.runner.query(sql, parameters, true));
    return { rows: records as Row[], affected: affected ?? 0 };
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

  close(): void {
    this.open = false;
  }

  /** Writes everything: one statement per kind of new and of changed row, parents before children, events last. */
  async flush(): Promise<void> {
    if (this.doom) throw this.doom.cause;
    const kinds = [...this.tracked.values()].map((kind) => [...kind.values()]);
    for (const kind of kinds) await this.writeRoots(kind);
    for (const kind of kinds) await this.writeChildren(kind);
    const events = kinds
      .flat()
      .flatMap(({ aggregate }) => aggregate.takeEvents().map((event) => ({ aggregateId: aggregate.id, event })));
    await writeEvents(events, this.statement);
    this.hasEvents = events.length > 0;
  }

  private async load<T extends AggregateRoot>(target: ClassOf<T>, ids: string[]): Promise<void> {
    const mapping = mappingOf(target);
    const aggregates = (await this.runner.manager
      .createQueryBuilder(target, 'a')
      .where('a.id = ANY(:ids)', { ids })
      .orderBy('a.id')
      .setLock('pessimistic_write')
      .getMany()) as T[];
    const found = aggregates.map((aggregate): Tracked => {
      const before = this.writers.of(target).rowOf(aggregate);
      return { aggregate, mapping, before, childrenBefore: new Map() };
    });
    for (const { property, target: child, parentId, loaded } of mapping.children) {
      if (!loaded || !found.length) continue;
      const children: object[] = await this.runner.manager
        .createQueryBuilder(child, 'c')
        .where(`c.${parentId} = ANY(:ids)`, { ids })
        .getMany();
      for (const { aggregate, childrenBefore } of found) {
        const own = children.filter((candidate) => (candidate as Record<string, unknown>)[parentId] === aggregate.id);
        for (const each of own) childrenBefore.set(each, this.writers.of(child).rowOf(each));
        Object.assign(aggregate, { [property]: own });
      }
    }
    found.forEach((each) => this.track(each));
  }

  private track(tracked: Tracked): void {
    const { target } = tracked.mapping;
    const kind = this.tracked.get(target) ?? new Map<string, Tracked>();
    this.tracked.set(target, kind.set(tracked.aggregate.id, tracked));
  }

  private async writeRoots(kind: Tracked[]): Promise<void> {
    const { target, refusals } = kind[0].mapping;
    const fresh: Row[] = [];
    const changes: Change[] = [];
    for (const { aggregate, before } of kind) {
      const after = this.writers.of(target).rowOf(aggregate);
      if (!before) fresh.push(after);
      else if (isChanged({ before, after })) changes.push({ before, after });
    }
    try {
      await this.writers.of(target).insert(fresh, this.statement);
      await this.writers.of(target).update(changes, this.statement);
    } catch (error) {
      const refusal = refusals[violatedConstraint(error) ?? ''];
      throw refusal ? refusal() : error;
    }
  }

  private async writeChildren(kind: Tracked[]): Promise<void> {
    for (const { property, target } of kind[0].mapping.children) {
      const writer = this.writers.of(target);
      const fresh: Row[] = [];
      const changes: Change[] = [];
      for (const { aggregate, childrenBefore } of kind) {
        const children = (aggregate as unknown as Record<string, object[]>)[property] ?? [];
        for (const child of children) {
          const before = childrenBefore.get(child);
          const after = writer.rowOf(child);
          if (!before) fresh.push(after);
          else if (isChanged({ before, after })) changes.push({ before, after });
        }
      }
      await writer.insert(fresh, this.statement);
      await writer.update(changes, this.statement);
    }
  }
}

/** The table writers of one DataSource, each built at its first use. */
class Writers {
  private readonly writers = new Map<unknown, TableWriter>();

  constructor(private readonly dataSource: DataSource) {}

  of(target: ClassOf<object>): TableWriter {
    const writer = this.writers.get(target) ?? new TableWriter(this.dataSource, target);
    this.writers.set(target, writer);
    return writer;
  }
}

@Injectable()
export class UnitOfWorkRunner {
  private readonly writers: Writers;

  constructor(
    private readonly dataSource: DataSource,
    private readonly keys: IdempotencyKeys,
    private readonly signal: OutboxSignal,
  ) {
    this.writers = new Writers(dataSource);
  }

  /** Joins the unit that is open, or opens one; on a deadlock or serialization failure runs all of it again, afresh. */
  async run<T>(useCase: () => Promise<T>): Promise<T> {
    if (isInsideUnit()) return currentUnit().dooming(useCase);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(useCase);
      } catch (error) {
        if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
        log.info({ attempt }, 'a unit of work lost a conflict in the database and runs again');
        await sleep(Math.random() * 20 * 2 ** attempt);
      }
    }
  }

  private async once<T>(useCase: () => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const unit = new Unit(runner, this.writers);
    try {
      await runner.startTransaction();
      const result = await this.underKey(unit, () => ambient.run(unit, useCase));
      await runner.commitTransaction();
      const call = requestContext.getStore()?.idempotentCall;
      if (call) call.outcome ??= 'fresh';
      if (unit.hasEvents) this.signal.ring();
      return result;
    } catch (error) {
      // A connection that is gone cannot roll back, and has no need to: the server did.
      await runner.rollbackTransaction().catch((failure: unknown) => log.debug({ err: failure }, 'rollback failed'));
      throw error;
    } finally {
      unit.close();
      await runner.release();
    }
  }

  /** Under an Idempotency-Key the use case's result is the answer: stored beside its effect, or found and returned. */
  private async underKey<T>(unit: Unit, useCase: () => Promise<T>): Promise<T> {
    const call = requestContext.getStore()?.idempotentCall;
    if (!call) {
      const result = await useCase();
      await unit.flush();
      return result;
    }
    if (call.outcome) throw new Error('A request under an Idempotency-Key has exactly one unit of work.');
    const stored = await this.keys.claim(call, unit.statement);
    if (stored) {
      call.outcome = 'replayed';
      return stored.response as T;
    }
    const result = await useCase();
    await unit.flush();
    await this.keys.complete(call, result, unit.statement);
    return result;
  }
}

const RUNNER = 'unitOfWorkRunner';

/**
 * Makes a use case one transaction: all of it happens, or none. Stands on application-service methods only.
 * The method may run more than once (see {@link UnitOfWorkRunner.run}), so it has no effect outside the database.
 */
export function UnitOfWork() {
  return <Method extends (...args: never[]) => Promise<unknown>>(
    prototype: object,
    _name: string,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const useCase = descriptor.value as unknown as (...args: unknown[]) => Promise<unknown>;
    // Nest injects the runner into every instance of the class, so no global state ties the method to a database.
    Inject(UnitOfWorkRunner)(prototype, RUNNER);
    const inUnit = async function (this: object, ...args: unknown[]): Promise<unknown> {
      const runner = (this as { [RUNNER]?: UnitOfWorkRunner })[RUNNER];
      if (!runner)
        throw new Error(`${prototype.constructor.name} was not created by Nest: its unit of work has no database.`);
      return runner.run(() => useCase.apply(this, args));
    };
    descriptor.value = inUnit as unknown as Method;
  };
}
