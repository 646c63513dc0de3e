import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { running } from '@holdfast/testbed';
import { ensureAsExpected } from './promise';
import type { Figure } from './statistics';

/** What is asked for, over and over. */
export type Plan =
  | { kind: 'order'; products: number; lines: number }
  | { kind: 'hold'; products: number }
  /** Each path in its turn; as a customer, or as nobody. */
  | { kind: 'get'; paths: string[]; headers?: Record<string, string>; customer?: number }
  /** Each of these in its turn, of the next customer. */
  | { kind: 'send'; bodies: { method: 'POST' | 'PUT' | 'PATCH'; path: string; body: string }[] }
  /** At random, so many of each among all; each has a figure of its own. */
  | { kind: 'mix'; parts: { name: string; share: number; plan: Plan; expected: number }[] };

export interface Load {
  url: string;
  /** Each sends its next request when the one before is answered. */
  connections: number;
  /** Requests a second instead, evenly spaced, whether or not the ones before are answered. */
  rate?: number;
  seconds: number;
  plan: Plan;
  /** The one status that counts. */
  expected: number;
}

export interface LoadOrders extends Load {
  /** Of the customers, who take turns. */
  tokens: string[];
}

export interface LoadReport extends Figure {
  /** Of a mix. */
  parts: Record<string, Figure>;
  /** How often another status was answered, or a request failed. */
  others: Record<string, number>;
}

/** The process that sends the requests. */
export class LoadGenerator {
  private readonly gone: Promise<never>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly tokens: string[],
  ) {
    this.gone = once(child, 'exit').then(() => {
      throw new Error('The load generator has ended.');
    });
    // Without a waiting run, the end of a stopped generator must not be an unhandled rejection.
    this.gone.catch(() => undefined);
  }

  static start(tokens: string[]): LoadGenerator {
    // In a process group of its own: Ctrl-C is for the one that started it.
    return new LoadGenerator(running.add(fork(join(__dirname, 'generator.js'), { detached: true })), tokens);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Throws {@link PromiseBroken} after an unexpected answer. */
  async run(load: Load): Promise<LoadReport> {
    this.child.send({ ...load, tokens: this.tokens } satisfies LoadOrders);
    const answer = new Promise<LoadReport>((resolve) => this.child.once('message', resolve));
    const report = await Promise.race([answer, this.gone]);
    ensureAsExpected(load.plan.kind === 'get' ? load.plan.paths[0] : load.plan.kind, report);
    return report;
  }

  /** Ends the process. */
  stop(): void {
    this.child.disconnect();
  }
}
