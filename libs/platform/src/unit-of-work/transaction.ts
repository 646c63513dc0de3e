import type { Socket } from 'node:net';
import type { ClientBase } from 'pg';
import { log, countCommitted } from '../observability';
import { queryOf, type Statement } from '../persistence';
import { isConnectionLoss } from '../problems';
import { IdentityMap, type Writers } from './identity-map';

/** It is unknown whether the transaction was committed: the connection was lost while COMMIT was under way. */
export class OutcomeUnknown extends Error {
  constructor(cause: unknown) {
    super('The connection was lost at COMMIT.', { cause });
  }
}

/** What every transaction of a process uses. */
export interface TransactionHost {
  writers: Writers;
  /** Connections prepare their statements. */
  prepares: boolean;
  /** Called with the types of the events that a transaction has committed. */
  onEvents: (types: string[]) => void;
}

/** One database transaction, and the aggregates that were locked or added in it. */
export class Transaction {
  readonly aggregates: IdentityMap;
  private firstFailure?: { cause: unknown };
  private begun?: Promise<unknown>;
  private hasBegun = false;
  private isCorked = false;
  private hasEnded = false;

  private constructor(
    private readonly client: ClientBase,
    private readonly host: TransactionHost,
    /** Rows that another transaction holds are left out instead of waited for. */
    readonly skipsLocked: boolean,
  ) {
    this.aggregates = new IdentityMap(host.writers, this);
  }

  /** Runs the work in a transaction and commits it. Rolls it back when the work throws. The connection pipelines. */
  static async run<T>(
    client: ClientBase,
    host: TransactionHost,
    work: (transaction: Transaction) => Promise<T>,
    skipsLocked = false,
  ): Promise<T> {
    const transaction = new Transaction(client, host, skipsLocked);
    try {
      transaction.begin();
      const result = await work(transaction);
      await transaction.commit();
      const types = transaction.aggregates.eventTypes;
      types.forEach(countCommitted);
      if (types.length) host.onEvents([...new Set(types)]);
      return result;
    } catch (error) {
      transaction.hasEnded = true;
      // A lost connection cannot roll back and need not: the server has.
      await client.query('ROLLBACK').catch((failure: unknown) => log.debug({ err: failure }, 'rollback failed'));
      throw transaction.aggregates.refusalOf(error) ?? error;
    }
  }

  private begin(): void {
    this.cork();
    this.begun = this.client.query('START TRANSACTION').then(() => (this.hasBegun = true));
    this.begun.catch(() => undefined); // every statement, and the commit, fails with it
  }

  /** After a failed statement every later one fails with the first one's error, and not with PostgreSQL's 25P02. */
  statement: Statement = async <Result>(sql: string, parameters: unknown[]) => {
    if (this.hasEnded) throw new Error('This transaction has ended: a promise in it was not awaited.');
    try {
      // What only reads, or locks, may be sent before the transaction is known to have begun.
      if (!this.hasBegun && !sql.startsWith('SELECT')) await this.begun;
      this.cork();
      const answer = this.client.query(queryOf(sql, parameters, this.host.prepares));
      const [{ rows, rowCount }] = await Promise.all([answer, this.begun]);
      return { rows: rows as Result[], affected: rowCount ?? 0 };
    } catch (error) {
      this.firstFailure ??= { cause: error };
      throw this.firstFailure.cause;
    }
  };

  /** Runs the writes in this order. None waits for the answer to the one before it. */
  async inOrder(writes: (() => Promise<void>)[]): Promise<void> {
    if (!this.hasBegun) await this.begun;
    // Waits for all of them, also after a failure: a write must not send a statement behind the ROLLBACK.
    const results = await Promise.allSettled(writes.map((write) => write()));
    if (this.firstFailure) throw this.firstFailure.cause;
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Sends the statements of one tick in one packet: each packet costs a system call here and wakes the server. */
  private cork(): void {
    if (this.isCorked) return;
    this.isCorked = true;
    const { stream } = (this.client as ClientBase & { connection: { stream: Socket } }).connection;
    stream.cork();
    process.nextTick(() => {
      this.isCorked = false;
      stream.uncork();
    });
  }

  private async commit(): Promise<void> {
    this.hasEnded = true;
    await this.begun;
    const { command } = await this.client.query('COMMIT').catch((error: unknown) => {
      throw isConnectionLoss(error) ? new OutcomeUnknown(error) : error;
    });
    if (command === 'COMMIT') return;
    // PostgreSQL answers ROLLBACK when a statement of the transaction has failed.
    throw this.firstFailure ? this.firstFailure.cause : new Error(`COMMIT was answered ${command}`);
  }
}
