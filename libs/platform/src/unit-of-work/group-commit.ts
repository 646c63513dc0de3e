import { AsyncResource } from 'node:async_hooks';
import { type AggregateRoot, DomainError } from '@holdfast/shared-kernel';
import type { Pool, PoolClient } from 'pg';
import { writeAudit } from '../audit';
import type { Settings } from '../config';
import { HttpProblem, isDeadEnd, isLockTimeout, isRetryable, isUnavailable, problems } from '../problems';
import { log, metrics, noteShed, requestContext } from '../observability';
import { openPool, type Statement } from '../persistence';
import { type IdempotencyKeys, KeyIsUsedUp, scopeNameOf } from './idempotency-keys';
import { OutcomeUnknown, Transaction, type Writers } from './transaction';
import { type Ask, LockedElsewhere, Unit } from './unit';

/** How long a batch waits for a row, in milliseconds: what is held longer is waited for outside, and delays nobody else. */
const PATIENCE = 250;
/**
 * The few statements of a batch are prepared, and planned once for good. So they must not be planned by the size that a
 * table happens to have: all of them go by key, from arrays of any length.
 */
const PLANNING =
  '-c plan_cache_mode=force_generic_plan -c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off';
/** Calls that wait for their batch; beyond it the answer is 503. */
const QUEUE_LIMIT = 1_000;

const tooMany = (): HttpProblem => {
  noteShed('batches');
  return problems.unavailable();
};

type Outcome = { value: unknown; replayed?: boolean } | { refusal: unknown } | 'elsewhere';

/** One call of a use case, on its way through a lane. */
class Call {
  readonly since = Date.now();
  readonly context = requestContext.getStore();
  readonly idempotent = this.context?.idempotentCall;
  private readonly asyncContext = new AsyncResource('Call');

  constructor(
    readonly useCase: () => Promise<unknown>,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  /** The work of a call goes on in its own asynchronous context, whoever runs it: its logs carry its request id. */
  inContext<T>(work: () => T): T {
    return this.asyncContext.runInAsyncScope(work);
  }

  /** Calls under the same key: the second is answered with what the first has left. */
  get scope(): string | undefined {
    return this.idempotent && scopeNameOf(this.idempotent);
  }
}

/** What all lanes of a process share. */
export class Lanes {
  /** Connections of their own: a crowd that waits for a locked row on the others holds up no batch. */
  readonly pool: Pool;
  private readonly lanes = new Map<unknown, Lane>();

  constructor(
    readonly settings: Settings,
    readonly writers: Writers,
    readonly keys: IdempotencyKeys,
    /** Runs a use case in a transaction of its own. */
    readonly alone: (useCase: () => Promise<unknown>) => Promise<unknown>,
    readonly onEvents: (types: string[]) => void,
  ) {
    this.pool = openPool('batches', settings, {
      options: PLANNING,
      pipeline: true,
      lock_timeout: Math.min(PATIENCE, settings.LOCK_TIMEOUT),
      idle_in_transaction_session_timeout: settings.STATEMENT_TIMEOUT,
    });
  }

  /** Lets the calls that wait be served, and closes the connections. */
  async end(): Promise<void> {
    await Promise.all([...this.lanes.values()].map((lane) => lane.drained));
    await this.pool.end();
  }

  /** One lane for each use case. */
  of(useCase: unknown): Lane {
    const lane = this.lanes.get(useCase) ?? new Lane(this);
    this.lanes.set(useCase, lane);
    return lane;
  }
}

/**
 * Group commit. Concurrent calls of one use case share a transaction:
 *
 * - A batch forms only while the one before it is in flight. An idle system waits for nothing.
 * - Their locks are gathered into one query, in id order; so is whatever else they {@link Unit.ask}. Between two
 *   questions they take turns, in the order of their arrival, and each sees what the ones before it have changed.
 * - Each succeeds or is refused on its own. Nobody is answered before the one COMMIT that serves all.
 * - A refusal concerns that call alone: what it has changed is forgotten, if nobody else has worked with it. Anything
 *   else rolls all of it back, and halves the batch until the guilty call stands alone.
 * - A batch waits for nobody: calls whose rows or keys another transaction holds leave it, and wait in one of their own.
 */
export class Lane {
  private readonly queue: Call[] = [];
  private isRunning = false;
  /** Resolves when nobody waits any longer. */
  drained = Promise.resolve();

  constructor(private readonly lanes: Lanes) {}

  run(useCase: () => Promise<unknown>): Promise<unknown> {
    if (this.queue.length >= QUEUE_LIMIT) return Promise.reject(tooMany());
    return new Promise((resolve, reject) => {
      const call = new Call(useCase, resolve, reject);
      if (call.idempotent?.outcome) throw new KeyIsUsedUp();
      this.queue.push(call);
      if (!this.isRunning) this.drained = this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.isRunning = true;
    while (this.queue.length) await this.serve(this.nextBatch());
    this.isRunning = false;
  }

  /** The calls that have waited longest, one for each key. */
  private nextBatch(): Call[] {
    const tooLate = Date.now() - this.lanes.settings.POOL_TIMEOUT;
    const scopes = new Set<string>();
    const batch: Call[] = [];
    for (const call of this.queue.splice(0)) {
      const { scope } = call;
      if (call.since < tooLate) call.reject(tooMany());
      else if (batch.length === this.lanes.settings.GROUP_COMMIT_LIMIT || (scope && scopes.has(scope)))
        this.queue.push(call);
      else {
        if (scope) scopes.add(scope);
        batch.push(call);
      }
    }
    return batch;
  }

  private async serve(calls: Call[], skipsLocked = false): Promise<void> {
    if (!calls.length) return;
    // Without a connection none of them can be served, and each half would only wait for one again.
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

  private settle(call: Call, outcome: Outcome): void {
    if (outcome === 'elsewhere') this.runAlone(call);
    else if ('refusal' in outcome) call.reject(outcome.refusal);
    else {
      if (call.idempotent) call.idempotent.outcome = outcome.replayed ? 'replayed' : 'fresh';
      call.resolve(outcome.value);
    }
  }

  /** Nothing was committed, or, where the outcome is unknown, what was is found under its key. */
  private async recover(calls: Call[], error: unknown, skipsLocked: boolean): Promise<void> {
    if (error instanceof OutcomeUnknown) {
      for (const call of calls) if (!call.idempotent) call.reject(error.cause);
      calls = calls.filter(({ idempotent }) => idempotent);
    }
    if (isDeadEnd(error)) return calls.forEach((call) => call.reject(error)); // and would have each half wait anew
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

  private runAlone(call: Call): void {
    call.inContext(() => this.lanes.alone(call.useCase)).then(call.resolve, call.reject);
  }

  private inTransaction(client: PoolClient, calls: Call[], skipsLocked: boolean): Promise<Map<Call, Outcome>> {
    const { writers, keys, onEvents } = this.lanes;
    const run = (transaction: Transaction) => new Batch(transaction, keys).run(calls);
    return Transaction.run(client, writers, onEvents, run, { skipsLocked, pipelines: true });
  }
}

type Result = { value: unknown } | { error: unknown };

interface Question {
  topic: unknown;
  question: unknown;
  answer: (questions: unknown[], statement: Statement) => Promise<unknown[]>;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
  result?: unknown;
}

/** The calls of one transaction, taking turns. */
class Batch {
  private readonly outcomes = new Map<Call, Outcome>();
  private turns: Turns[] = [];

  constructor(
    private readonly transaction: Transaction,
    private readonly keys: IdempotencyKeys,
  ) {}

  /** Runs all calls and writes what those that succeed have changed. Throws when the transaction must not be committed. */
  async run(calls: Call[]): Promise<Map<Call, Outcome>> {
    const { statement } = this.transaction;
    const claimed = await this.claimKeys(calls);
    this.turns = claimed.map((call) => new Turns(call, this.transaction));
    try {
      await this.takeTurns();
    } finally {
      for (const each of this.turns) each.abandon();
    }

    const served = claimed.flatMap((call) => {
      const outcome = this.outcomes.get(call)!;
      const isKept = call.idempotent && outcome !== 'elsewhere' && 'value' in outcome;
      return isKept ? [{ call: call.idempotent, response: outcome.value }] : [];
    });
    const audited = this.turns.flatMap(({ call, unit }) => {
      const outcome = this.outcomes.get(call)!;
      return outcome !== 'elsewhere' && 'value' in outcome ? unit.auditRecords : [];
    });
    // One behind the other: whichever fails, the rest fail with it, and nothing is committed.
    await Promise.all([
      this.transaction.flush(),
      writeAudit(audited, statement),
      this.keys.complete(served, statement),
    ]);
    return this.outcomes;
  }

  /** The calls that are to run: those with a new key, and those without any. */
  private async claimKeys(calls: Call[]): Promise<Call[]> {
    const idempotent = calls.flatMap((call) => call.idempotent ?? []);
    const claims = await this.keys.claim(idempotent, this.transaction.statement, 'skip locked');
    return calls.filter((call) => {
      const claim = call.idempotent && claims.get(call.idempotent);
      if (claim === undefined || claim === 'claimed') return true;
      if (claim === 'in flight') this.outcomes.set(call, 'elsewhere');
      else if ('refusal' in claim) this.outcomes.set(call, claim);
      else this.outcomes.set(call, { value: claim.response, replayed: true });
      return false;
    });
  }

  private async takeTurns(): Promise<void> {
    for (const each of this.turns) await this.next(each);
    for (let asking = this.asking; asking.length; asking = this.asking) {
      const questions = asking.flatMap((each) => each.questions);
      for (const topic of new Set(questions.map((each) => each.topic))) {
        const same = questions.filter((each) => each.topic === topic);
        const answers = await same[0].answer(
          same.map(({ question }) => question),
          this.transaction.statement,
        );
        same.forEach((each, index) => (each.result = answers[index]));
      }
      this.transaction.lookAfresh();
      for (const each of asking) await this.next(each);
    }
  }

  private async next(turns: Turns): Promise<void> {
    await turns.next();
    if (turns.result) this.outcomes.set(turns.call, this.outcomeOf(turns.result, turns.unit));
  }

  /** Throws when not this call alone has failed. What it has changed is forgotten, as nobody else has worked with it. */
  private outcomeOf(result: Result, unit: Unit): Outcome {
    if ('value' in result) return result;
    const { error } = result;
    const others = this.turns.map((each) => each.unit).filter((each) => each !== unit);
    const isShared = (aggregate: AggregateRoot) => others.some((other) => other.works(aggregate));
    if (unit.isOpaque || [...unit.changed].some(isShared)) throw error;
    this.transaction.forget(unit.aggregates.filter((aggregate) => !isShared(aggregate)));
    if (error instanceof LockedElsewhere) return 'elsewhere';
    if (error instanceof DomainError || error instanceof HttpProblem) return { refusal: error };
    throw error;
  }

  private get asking(): Turns[] {
    return this.turns.filter(({ questions }) => questions.length > 0);
  }
}

/** One call in its turns: it runs until it asks something, and goes on, when its next turn has come, with the answer. */
class Turns {
  questions: Question[] = [];
  readonly unit: Unit;
  result?: Result;
  private endTurn: () => void = () => undefined;
  private hasBegun = false;

  constructor(
    readonly call: Call,
    transaction: Transaction,
  ) {
    const ask: Ask = (topic, question, answer) =>
      new Promise((resolve, reject) => {
        this.questions.push({ topic, question, answer, resolve, reject } as unknown as Question);
        this.endTurn();
      });
    this.unit = new Unit(transaction, call.context, ask);
  }

  /** Begins, or goes on with the answers to its questions. Ends when it asks the next or is done. */
  async next(): Promise<void> {
    this.unit.resume();
    const answered = this.questions.splice(0);
    await new Promise<void>((resolve) => {
      this.endTurn = resolve;
      if (this.hasBegun) for (const each of answered) each.resolve(each.result);
      else this.begin();
    });
    this.unit.pause();
  }

  private begin(): void {
    this.hasBegun = true;
    const running = this.call.inContext(() => this.unit.run(this.call.useCase));
    void running
      .then((value) => {
        this.unit.end();
        this.result = { value };
      })
      .catch((error: unknown) => (this.result = { error }))
      .finally(() => {
        this.unit.close();
        this.endTurn();
      });
  }

  /** Lets what still waits for an answer fail: there will be none. */
  abandon(): void {
    this.unit.close();
    for (const { reject } of this.questions.splice(0)) reject(new Error('The batch has ended.'));
  }
}
