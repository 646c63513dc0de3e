import { AsyncResource } from 'node:async_hooks';
import { type AuditRecord, writeAudit } from '../audit';
import { requestContext } from '../observability';
import { type Handling, noteHandled } from '../outbox';
import { type IdempotencyKeys, KeyIsUsedUp } from './idempotency-keys';
import type { Transaction } from './transaction';
import type { Unit } from './unit';

/** One call of a use case. */
export class Call {
  readonly context = requestContext.getStore();
  readonly idempotent = this.context?.idempotentCall;
  private readonly asyncContext = new AsyncResource('Call');

  /** Throws {@link KeyIsUsedUp} when the request's Idempotency-Key has guarded a unit of work already. */
  constructor(readonly useCase: () => Promise<unknown>) {
    if (this.idempotent?.outcome) throw new KeyIsUsedUp();
  }

  /** Runs the work in the caller's asynchronous context, so that its logs carry the caller's request id. */
  inContext<T>(work: () => T): T {
    return this.asyncContext.runInAsyncScope(work);
  }

  /** The caller's result, once the transaction is committed. Throws the refusal. */
  resultOf(outcome: Outcome): unknown {
    if (!isSuccess(outcome)) throw outcome.refusal;
    if (this.idempotent) this.idempotent.outcome = outcome.isReplayed ? 'replayed' : 'fresh';
    return outcome.value;
  }
}

export type Outcome = { value: unknown; isReplayed?: boolean } | { refusal: unknown };

/** The call needs a row or a key that another transaction holds, and this transaction does not wait for it. */
export const LOCKED_ELSEWHERE = 'locked elsewhere';

/** A call that has run in its unit of work. */
export interface Run<C extends Call> {
  call: C;
  unit: Unit;
  outcome: Outcome | typeof LOCKED_ELSEWHERE;
}

export const isSuccess = (outcome: Run<Call>['outcome']): outcome is { value: unknown; isReplayed?: boolean } =>
  outcome !== LOCKED_ELSEWHERE && 'value' in outcome;

interface Execution<C extends Call> {
  transaction: Transaction;
  keys: IdempotencyKeys;
  /** What to do while another transaction holds the key of a call. */
  onTwin: 'wait' | 'skip locked';
  /** Runs the calls that have a new key, and those without any. Throws when the transaction must not be committed. */
  run: (calls: C[]) => Promise<Run<C>[]>;
}

/**
 * Everything that happens to calls between the begin and the commit of their transaction: claims their keys, runs them,
 * and writes what the successful ones have changed, the events they handled, their audit records and, under their keys,
 * their answers.
 */
export async function execute<C extends Call>(
  calls: readonly C[],
  { transaction, keys, onTwin, run }: Execution<C>,
): Promise<Map<C, Run<C>['outcome']>> {
  const { statement, aggregates } = transaction;
  const outcomes = new Map<C, Run<C>['outcome']>();
  const claims = await keys.claim(
    calls.flatMap(({ idempotent }) => idempotent ?? []),
    statement,
    onTwin,
  );
  for (const call of calls) {
    const claim = call.idempotent && claims.get(call.idempotent);
    if (claim === 'in flight') outcomes.set(call, LOCKED_ELSEWHERE);
    else if (typeof claim === 'object')
      outcomes.set(call, 'refusal' in claim ? claim : { value: claim.response, isReplayed: true });
  }

  const audited: AuditRecord[] = [];
  const handled: Handling[] = [];
  const answers: Parameters<IdempotencyKeys['complete']>[0] = [];
  for (const { call, unit, outcome } of await run(calls.filter((each) => !outcomes.has(each)))) {
    outcomes.set(call, outcome);
    if (!isSuccess(outcome)) continue;
    audited.push(...unit.auditRecords);
    if (unit.handling) handled.push(unit.handling);
    if (call.idempotent) answers.push({ call: call.idempotent, response: outcome.value });
  }
  await transaction.inOrder([
    () => aggregates.flush(),
    () => noteHandled(handled, statement),
    () => writeAudit(audited, statement),
    () => keys.complete(answers, statement),
  ]);
  return outcomes;
}
