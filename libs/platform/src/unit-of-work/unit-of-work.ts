import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ClientBase, Pool } from 'pg';
import { DataSource } from 'typeorm';
import { writeAudit } from '../audit';
import { Settings } from '../config';
import { log, requestContext, traced, watchPool } from '../observability';
import { OutboxSignal } from '../outbox';
import { isRetryable } from '../problems';
import { refuseCrowd } from '../persistence';
import { Lanes } from './group-commit';
import { IdempotencyKeys, KeyIsUsedUp } from './idempotency-keys';
import { OutcomeUnknown, Transaction, Writers } from './transaction';
import { currentUnit, isInsideUnit, Unit } from './unit';

const ATTEMPTS = 5;

@Injectable()
export class UnitOfWorkRunner implements OnApplicationShutdown {
  private readonly pool: Pool;
  private readonly writers: Writers;
  private readonly lanes: Lanes;
  private readonly onEvents: (types: string[]) => void;

  constructor(
    private readonly dataSource: DataSource,
    private readonly keys: IdempotencyKeys,
    signal: OutboxSignal,
    private readonly settings: Settings,
  ) {
    this.pool = (dataSource.driver as unknown as { master: Pool }).master;
    watchPool('use cases', this.pool);
    this.writers = new Writers(dataSource);
    const alone = (useCase: () => Promise<unknown>) => this.alone(useCase);
    this.onEvents = (types) => signal.ring(types);
    this.lanes = new Lanes(settings, this.writers, keys, alone, this.onEvents);
  }

  /** Joins the unit that is open, or opens one: in a transaction of its own, or in one that calls of `group` share. */
  async run<T>(useCase: () => Promise<T>, group?: unknown): Promise<T> {
    if (isInsideUnit()) return currentUnit().dooming(useCase);
    return traced('INTERNAL', 'unit of work', {}, () => this.open(useCase, group));
  }

  private async open<T>(useCase: () => Promise<T>, group?: unknown): Promise<T> {
    if (group === undefined || this.settings.GROUP_COMMIT_LIMIT === 1) return this.alone(useCase);
    return (await this.lanes.of(group).run(useCase)) as T;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.lanes.end();
  }

  /** On a deadlock or serialization failure runs all of it again, afresh. */
  private async alone<T>(useCase: () => Promise<T>): Promise<T> {
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
    refuseCrowd(this.pool);
    const runner = this.dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as ClientBase;
      const result = await Transaction.run(client, this.writers, this.onEvents, (transaction) =>
        this.inUnit(transaction, useCase),
      );
      const call = requestContext.getStore()?.idempotentCall;
      if (call) call.outcome ??= 'fresh';
      return result;
    } catch (error) {
      throw error instanceof OutcomeUnknown ? error.cause : error;
    } finally {
      await runner.release();
    }
  }

  /** Under an Idempotency-Key the use case's result is the answer: stored beside its effect, or found and returned. */
  private async inUnit<T>(transaction: Transaction, useCase: () => Promise<T>): Promise<T> {
    const context = requestContext.getStore();
    const call = context?.idempotentCall;
    if (call) {
      if (call.outcome) throw new KeyIsUsedUp();
      const claim = (await this.keys.claim([call], transaction.statement, 'wait')).get(call)!;
      if (typeof claim === 'object' && 'refusal' in claim) throw claim.refusal;
      if (typeof claim === 'object') {
        call.outcome = 'replayed';
        return claim.response as T;
      }
    }
    const unit = new Unit(transaction, context);
    try {
      const result = await unit.run(useCase);
      unit.pause();
      unit.end();
      await transaction.flush();
      await writeAudit(unit.auditRecords, transaction.statement);
      if (call) await this.keys.complete([{ call, response: result }], transaction.statement);
      return result;
    } finally {
      unit.close();
    }
  }
}

const RUNNER = 'unitOfWorkRunner';

/**
 * Makes a use case one transaction: all of it happens, or none. Stands on application-service methods only.
 * The method may run more than once (see {@link UnitOfWorkRunner.run}), so it has no effect outside the database.
 * With `grouped`, concurrent calls of the method share a transaction (see group-commit.ts).
 */
export function UnitOfWork({ grouped = false } = {}) {
  return <Method extends (...args: never[]) => Promise<unknown>>(
    prototype: object,
    _name: string,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    const useCase = descriptor.value as unknown as (...args: unknown[]) => Promise<unknown>;
    const group = grouped ? useCase : undefined;
    // Nest injects the runner into every instance of the class, so no global state ties the method to a database.
    Inject(UnitOfWorkRunner)(prototype, RUNNER);
    const inUnit = async function (this: object, ...args: unknown[]): Promise<unknown> {
      const runner = (this as { [RUNNER]?: UnitOfWorkRunner })[RUNNER];
      if (!runner)
        throw new Error(`${prototype.constructor.name} was not created by Nest: its unit of work has no database.`);
      return runner.run(() => useCase.apply(this, args), group);
    };
    descriptor.value = inUnit as unknown as Method;
  };
}
