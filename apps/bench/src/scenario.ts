import type { LoadGenerator } from './load';
import type { Report } from './report';
import type { Bench } from './servers';
import { type Figure, medianOf } from './statistics';

/** How long it takes, and how far it goes. */
export interface Pace {
  /** Each figure is the median of as many runs. */
  rounds: number;
  seconds: number;
  /** Of a load that lasts. Seconds. */
  sustained: number;
  /** Orders that come at once. */
  burst: number;
  connections: number[];
  /** Of pgbench: the best of them counts. */
  clients: number[];
  /** Rows of the largest history in `growth`. */
  orders: number;
  /** Rows of the largest catalogue. */
  products: number;
}

export interface Surroundings {
  bench: Bench;
  generator: LoadGenerator;
  pace: Pace;
  /** Undefined where there is none: then there is nothing to compare with. */
  pgbench: string | undefined;
  log: (line: string) => void;
}

export interface Scenario {
  what: string;
  /** Only when it is asked for by name. */
  onlyByName?: boolean;
  /** About as long as it takes, in seconds. */
  lasts(pace: Pace): number;
  run(around: Surroundings): Promise<Report[]>;
}

/** By the name of what is measured. */
export type Runs = Record<string, () => Promise<Figure>>;

/**
 * Runs all of them in turn, and again in the opposite order, so that a machine that slows down, or tables that grow,
 * hurt them alike; returns the median of each.
 */
export async function measure(
  runs: Runs,
  rounds: number,
  log: (line: string) => void,
): Promise<Record<string, Figure>> {
  const figures: Record<string, Figure[]> = {};
  for (let round = 1; round <= rounds; round++) {
    log(`round ${round} of ${rounds}: ${Object.keys(runs).length} runs`);
    const order = round % 2 ? Object.entries(runs) : Object.entries(runs).reverse();
    for (const [name, run] of order) (figures[name] ??= []).push(await run());
  }
  return Object.fromEntries(Object.entries(figures).map(([name, all]) => [name, medianOf(all)]));
}

/** Runs all of them once, which counts for nothing but warms the shop up, and then measures them. */
export async function measureWarm(
  runsOf: (seconds: number) => Runs,
  { rounds, seconds }: Pick<Pace, 'rounds' | 'seconds'>,
  log: (line: string) => void,
  warmUp = Math.min(seconds, 1),
): Promise<Record<string, Figure>> {
  await measure(runsOf(warmUp), 1, () => undefined);
  return measure(runsOf(seconds), rounds, log);
}
