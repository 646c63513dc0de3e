import type { Statement } from '../../persistence';
import type { Call } from '../call';
import type { Transaction } from '../transaction';
import { type Ask, Unit } from '../unit';

export interface Question {
  topic: unknown;
  question: unknown;
  answer(questions: unknown[], statement: Statement): Promise<unknown[]>;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
  result?: unknown;
}

/** The turns of one call: each runs it until it asks a question, and the next one goes on with the answer. */
export class Turns<C extends Call> {
  questions: Question[] = [];
  readonly unit: Unit;
  result?: { value: unknown } | { error: unknown };
  private endTurn: () => void = () => undefined;
  private hasBegun = false;

  constructor(
    readonly call: C,
    transaction: Transaction,
  ) {
    const ask: Ask = (topic, question, answer) =>
      new Promise((resolve, reject) => {
        this.questions.push({ topic, question, answer, resolve, reject });
        this.endTurn();
      });
    this.unit = new Unit(transaction, call.context, ask);
  }

  /**
   * Begins the call, or continues it with the answers to its questions. Resolves when it asks the next or has ended.
   */
  async next(): Promise<void> {
    this.unit.beginTurn();
    const answered = this.questions.splice(0);
    await new Promise<void>((resolve) => {
      this.endTurn = resolve;
      if (this.hasBegun) for (const each of answered) each.resolve(each.result);
      else this.begin();
    });
    this.unit.endTurn();
  }

  private begin(): void {
    this.hasBegun = true;
    const running = this.call.inContext(() => this.unit.run(this.call.useCase));
    void running
      .then((value) => (this.result = { value }))
      .catch((error: unknown) => (this.result = { error }))
      .finally(() => this.endTurn());
  }

  /** Rejects the questions that remain without an answer. */
  abandon(): void {
    this.unit.close();
    for (const each of this.questions.splice(0)) each.reject(new Error('The batch has ended.'));
  }
}
