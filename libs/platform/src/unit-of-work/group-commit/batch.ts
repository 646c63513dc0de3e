import { setTimeout as sleep } from 'node:timers/promises';
import { type AggregateRoot, DomainError } from '@holdfast/shared-kernel';
import { HttpProblem } from '../../problems';
import { type Call, LOCKED_ELSEWHERE, type Run } from '../call';
import type { Transaction } from '../transaction';
import { LockedElsewhere } from '../unit';
import { Turns } from './turns';

/** The calls of one transaction. They take turns, and their questions to the database are asked together. */
export class Batch<C extends Call> {
  private readonly turns: Turns<C>[];
  private readonly outcomes = new Map<C, Run<C>['outcome']>();

  constructor(
    calls: C[],
    private readonly transaction: Transaction,
    /** The longest that the calls may take together, in milliseconds; each statement has a limit of its own. */
    private readonly longest: number,
  ) {
    this.turns = calls.map((call) => new Turns(call, transaction));
  }

  /** Throws when the transaction must not be committed. */
  async run(): Promise<Run<C>[]> {
    const done = new AbortController();
    const hanging = sleep(this.longest, undefined, { signal: done.signal }).then(() => {
      throw new Error('A use case hangs in its batch: it waits for something other than the database.');
    });
    try {
      await Promise.race([this.takeTurns(), hanging]);
    } finally {
      done.abort();
      for (const turns of this.turns) turns.abandon();
    }
    return this.turns.map(({ call, unit }) => ({ call, unit, outcome: this.outcomes.get(call)! }));
  }

  private async takeTurns(): Promise<void> {
    for (const turns of this.turns) await this.next(turns);
    for (let asking = this.asking; asking.length; asking = this.asking) {
      await this.answer(asking);
      for (const turns of asking) await this.next(turns);
    }
  }

  private get asking(): Turns<C>[] {
    return this.turns.filter(({ questions }) => questions.length > 0);
  }

  /** One query for each topic, whatever the number of calls that ask about it. */
  private async answer(asking: Turns<C>[]): Promise<void> {
    const questions = asking.flatMap((turns) => turns.questions);
    for (const topic of new Set(questions.map((each) => each.topic))) {
      const same = questions.filter((each) => each.topic === topic);
      const answers = await same[0].answer(
        same.map(({ question }) => question),
        this.transaction.statement,
      );
      same.forEach((each, index) => (each.result = answers[index]));
    }
    this.transaction.aggregates.forgetStates();
  }

  private async next(turns: Turns<C>): Promise<void> {
    await turns.next();
    const { call, unit, result } = turns;
    if (result) this.outcomes.set(call, 'error' in result ? this.refusalOf(result.error, unit) : result);
  }

  /**
   * Drops what the failed call has changed. Throws when another call has worked with that, or a rule did not fail it.
   */
  private refusalOf(error: unknown, unit: Turns<C>['unit']): Run<C>['outcome'] {
    const others = this.turns.map((turns) => turns.unit).filter((each) => each !== unit);
    const isShared = (aggregate: AggregateRoot) => others.some((other) => other.uses(aggregate));
    if (unit.hasSentSql || [...unit.changed].some(isShared)) throw error;
    this.transaction.aggregates.forget(unit.aggregates.filter((aggregate) => !isShared(aggregate)));
    if (error instanceof LockedElsewhere) return LOCKED_ELSEWHERE;
    if (error instanceof DomainError || error instanceof HttpProblem) return { refusal: error };
    throw error;
  }
}
