import { type Pool, type PoolClient } from 'pg';
import type { Settings } from '../../config';
import { log, metrics, shedCounter } from '../../observability';
import { openPool, WRITING } from '../../persistence';
import { isServerUnusable, isLockTimeout, isRetryable, isUnavailable, problems } from '../../problems';
import { Call, execute, LOCKED_ELSEWHERE, type Run } from '../call';
import { type IdempotencyKeys, scopeNameOf } from '../idempotency-keys';
import { OutcomeUnknown, Transaction, type TransactionHost } from '../transaction';
import { Batch } from './batch';

/** How long a batch waits for a locked row, in milliseconds. Calls that need it longer then wait outside the batch. */
const LOCK_WAIT = 250;
/** Calls that wait for their batch, and those of one party among them. Calls beyond it are answered 503. */
const QUEUE_LIMIT = 1_000;
const PARTY_LIMIT = 500;

const countShed = shedCounter('batches');

const overloaded = () => {
  countShed();
  return problems.unavailable();
};

class QueuedCall extends Call {
  readonly since = Date.now();

  constructor(
    useCase: () => Promise<unknown>,
    readonly party: string | undefined,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
  ) {
    super(useCase);
  }

  /** A batch has one call of each. Calls of one scope repeat each other: the second gets the stored answer. */
  get uniques(): string[] {
    const scope = this.idempotent && scopeNameOf(this.idempotent);
    return [scope, this.party].filter((each) => each !== undefined);
  }
}

/** The lanes of a process, one for each grouped use case. */
export class Lanes {
  /** Its own connections: callers that wait for a locked row on the other ones delay no batch. */
  readonly pool: Pool;
  private readonly lanes = new Map<unknown, Lane>();

  constructor(
    readonly settings: Settings,
    readonly host: TransactionHost,
    readonly keys: IdempotencyKeys,
    /** Runs a use case in a transaction of its own. */
    readonly runAlone: (useCase: () => Promise<unknown>) => Promise<unknown>,
  ) {
    this.pool = openPool('batches', settings, {
      ...WRITING,
      lock_timeout: Math.min(LOCK_WAIT, settings.LOCK_TIMEOUT),
      idle_in_transaction_session_timeout: settings.STATEMENT_TIMEOUT,
    });
  }

  /** Serves the calls that wait, then closes the connections. */
  async end(): Promise<void> {
    await Promise.all([...this.lanes.values()].map((lane) => lane.drained));
    await this.pool.end();
  }

  of(useCase: unknown): Lane {
    const lane = this.lanes.get(useCase) ?? new Lane(this);
    this.lanes.set(useCase, lane);
    return lane;
  }
}

/**
 * Group commit. Concurrent calls of one use case share a transaction:
 *
 * - A batch forms only while the one before it is in flight, so an idle system adds no wait.
 * - The calls' locks are gathered into one query, in id order, and so is everything else that they {@link Unit.ask}.
 *   Between two queries they take turns, in the order of their arrival. Each sees the changes of the ones before it.
 * - Each call succeeds or is refused on its own. None is answered before the one COMMIT that serves all.
 * - A refusal concerns that call alone: its changes are dropped, unless another call has worked with them. Any other
 *   failure rolls the batch back and halves it until the failing call stands alone.
 * - A batch never waits: calls whose rows or keys another transaction holds leave it and run in their own transaction.
 */
export class Lane {
  private readonly queue: QueuedCall[] = [];
  private isRunning = false;
  /** Resolves when no call waits any longer. */
  drained = Promise.resolve();

  constructor(private readonly lanes: Lanes) {}

  run(useCase: () => Promise<unknown>, party?: string): Promise<unknown> {
    const ofParty = this.queue.length < PARTY_LIMIT || !party ? [] : this.queue.filter((call) => call.party === party);
    if (this.queue.length >= QUEUE_LIMIT || ofParty.length >= PARTY_LIMIT) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => {
      this.queue.push(new QueuedCall(useCase, party, resolve, reject));
      if (!this.isRunning) this.drained = this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.isRunning = true;
    while (this.queue.length) await this.serve(this.nextBatch());
    this.isRunning = false;
  }

  /** The longest waiting calls, one for each key and party. Calls that have waited too long are answered 503. */
  private nextBatch(): QueuedCall[] {
    const tooLate = Date.now() - this.lanes.settings.POOL_TIMEOUT;
    const taken = new Set<string>();
    const batch: QueuedCall[] = [];
    for (const call of this.queue.splice(0)) {
      const { uniques } = call;
      if (call.since < tooLate) call.reject(overloaded());
      else if (batch.length === this.lanes.settings.GROUP_COMMIT_LIMIT || uniques.some((each) => taken.has(each)))
        this.queue.push(call);
      else {
        for (const each of uniques) taken.add(each);
        batch.push(call);
      }
    }
    return batch;
  }

  private async serve(calls: QueuedCall[], skipsLocked = false): Promise<void> {
    if (!calls.length) return;
    // Without a connection no call can be served, and each half would wait for a connection again.
    const client = await this.lanes.pool
      .connect()
      .catch((error: unknown) => calls.forEach((call) => call.reject(error)));
    if (!client) return;
    try {
      const outcomes = await this.inTransaction(client, calls, skipsLocked).finally(() => client.release());
      metrics.batches.observe(calls.length);
      for (const call of calls) this.settle(call, outcomes.get(call)!);
    } catch (error) {
      await this.recover(calls, error, skipsLocked);
    }
  }

  private inTransaction(client: PoolClient, calls: QueuedCall[], skipsLocked: boolean) {
    const { host, keys, settings } = this.lanes;
    const work = (transaction: Transaction) => {
      const run = (claimed: QueuedCall[]) => new Batch(claimed, transaction, 4 * settings.STATEMENT_TIMEOUT).run();
      return execute(calls, { transaction, keys, onTwin: 'skip locked', run });
    };
    return Transaction.run(client, host, work, skipsLocked);
  }

  private settle(call: QueuedCall, outcome: Run<QueuedCall>['outcome']): void {
    if (outcome === LOCKED_ELSEWHERE) return this.runAlone(call);
    try {
      call.resolve(call.resultOf(outcome));
    } catch (refusal) {
      call.reject(refusal);
    }
  }

  /**
   * Nothing was committed, or it is unknown whether it was: then a call under a key finds its answer, if there is one.
   */
  private async recover(calls: QueuedCall[], error: unknown, skipsLocked: boolean): Promise<void> {
    if (error instanceof OutcomeUnknown) {
      for (const call of calls) if (!call.idempotent) call.reject(error.cause);
      calls = calls.filter(({ idempotent }) => idempotent);
    }
    if (isServerUnusable(error)) return calls.forEach((call) => call.reject(error)); // each half would wait again
    if (isLockTimeout(error) && !skipsLocked) return this.serve(calls, true);
    if (calls.length > 1) {
      log.info({ calls: calls.length, err: error }, 'a batch failed and is halved');
      metrics.halvings.inc();
      const half = calls.length >> 1;
      await this.serve(calls.slice(0, half));
      return this.serve(calls.slice(half));
    }
    for (const call of calls)
      if (isRetryable(error) || isUnavailable(error) || error instanceof OutcomeUnknown) this.runAlone(call);
      else call.reject(error);
  }

  private runAlone(call: QueuedCall): void {
    call.inContext(() => this.lanes.runAlone(call.useCase)).then(call.resolve, call.reject);
  }
}
