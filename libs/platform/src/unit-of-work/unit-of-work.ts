import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ClientBase, Pool } from 'pg';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import { log, traced, watchPool } from '../observability';
import { OutboxSignal } from '../outbox';
import { ensureCapacity } from '../persistence';
import { isRetryable, problems } from '../problems';
import { Call, execute, LOCKED_ELSEWHERE, type Run } from './call';
import { Lanes } from './group-commit/lanes';
import { IdempotencyKeys } from './idempotency-keys';
import { Writers } from './identity-map';
import { OutcomeUnknown, Transaction, type TransactionHost } from './transaction';
import { currentUnit, isInsideUnit, Unit } from './unit';

const ATTEMPTS = 5;

@Injectable()
export class UnitOfWorkRunner implements OnApplicationShutdown {
  private readonly pool: Pool;
  private readonly host: TransactionHost;
  private readonly lanes: Lanes;

  constructor(
    private readonly dataSource: DataSource,
    private readonly keys: IdempotencyKeys,
    signal: OutboxSignal,
    private readonly settings: Settings,
  ) {
    this.pool = (dataSource.driver as unknown as { master: Pool }).master;
    watchPool('use cases', this.pool);
    this.host = {
      writers: new Writers(dataSource),
      prepares: settings.PREPARED_STATEMENTS === 'on',
      onEvents: (types) => signal.notify(types),
    };
    this.lanes = new Lanes(settings, this.host, keys, (useCase) => this.runAlone(useCase));
  }

  /** Joins the open unit, or opens one: in its own transaction, or in one that the calls of `group` share. */
  async run<T>(useCase: () => Promise<T>, group?: unknown, party?: string): Promise<T> {
    if (isInsideUnit()) return currentUnit().noteFailure(useCase);
    const lane = group === undefined || this.settings.GROUP_COMMIT_LIMIT === 1 ? undefined : this.lanes.of(group);
    const open = async () => (await (lane ? lane.run(useCase, party) : this.runAlone(useCase))) as T;
    return traced('INTERNAL', 'unit of work', {}, open);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.lanes.end();
  }

  /** Repeats the whole use case in a fresh transaction after a deadlock or a serialization failure. */
  private async runAlone(useCase: () => Promise<unknown>): Promise<unknown> {
    const call = new Call(useCase);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(call);
      } catch (error) {
        if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
        log.info({ attempt }, 'a unit of work lost a conflict in the database and is retried');
        await sleep(Math.random() * 20 * 2 ** attempt);
      }
    }
  }

  private async attempt(call: Call): Promise<unknown> {
    ensureCapacity(this.pool);
    const runner = this.dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as ClientBase;
      const outcomes = await Transaction.run(client, this.host, (transaction) => {
        const run = (calls: Call[]) => Promise.all(calls.map((each) => runInUnit(each, transaction)));
        return execute([call], { transaction, keys: this.keys, onTwin: 'wait', run });
      });
      const outcome = outcomes.get(call)!;
      if (outcome === LOCKED_ELSEWHERE) throw problems.idempotencyKeyInUse();
      return call.resultOf(outcome);
    } catch (error) {
      throw error instanceof OutcomeUnknown ? error.cause : error;
    } finally {
      await runner.release();
    }
  }
}

async function runInUnit(call: Call, transaction: Transaction): Promise<Run<Call>> {
  const unit = new Unit(transaction, call.context);
  const value = await unit.run(call.useCase);
  unit.endTurn();
  return { call, unit, outcome: { value } };
}

const RUNNER = 'unitOfWorkRunner';

interface Grouping<Args extends unknown[]> {
  grouped?: boolean;
  /** The party of a call, such as its customer. A shared transaction has at most one call of each party. */
  oneEach?: (...args: Args) => string;
}

/**
 * Makes a use case one transaction: all of it happens, or none. Stands on methods of application services only. The
 * method may run more than once, after a conflict in the database, so it must have no effect outside the database.
 * With `grouped`, concurrent calls of the method share a transaction (see group-commit/lanes.ts).
 */
export function UnitOfWork<Args extends unknown[]>({ grouped = false, oneEach }: Grouping<Args> = {}) {
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
      return runner.run(() => useCase.apply(this, args), group, oneEach?.(...(args as Args)));
    };
    descriptor.value = inUnit as unknown as Method;
  };
}
