import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT, running } from '@holdfast/testbed';
import { CUSTOMERS, sqlId } from './seed';
import type { Bench } from './servers';
import { type Figure, figureOf } from './statistics';

const DEBIAN = '/usr/lib/postgresql';

/** The pgbench on PATH, or the newest in Debian's folder. */
export function findPgbench(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const candidates = ['pgbench', ...versions.map((version) => join(DEBIAN, version, 'bin/pgbench'))];
  return candidates.find((candidate) => spawnSync(candidate, ['--version']).status === 0);
}

/**
 * Plain SQL that does the work of an order, sent by pgbench: idempotency key, rows locked in the order of their ids,
 * order, lines, stock, outbox event, stored answer. It leaves out
 * the ledger, the order's history and the log-in of Holdfast. It runs in a copy of the shop, because its orders would
 * not pass the invariants.
 */
export class Yardstick {
  constructor(
    private readonly pgbench: string,
    private readonly bench: Bench,
    private readonly database: string,
  ) {}

  async open(): Promise<void> {
    await this.bench.openShop(this.database);
    for (const kind of ['product', 'customer'] as const)
      await this.bench.query(
        this.database,
        `CREATE FUNCTION bench_${kind}(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
         AS $$ SELECT ${sqlId(kind, 'n')} $$`,
      );
  }

  close(): Promise<void> {
    return this.bench.dropShop(this.database);
  }

  async run(script: string, { clients, products, seconds }: Record<string, number>): Promise<Figure> {
    const logs = mkdtempSync(join(this.bench.folder, 'pgbench-'));
    const { hostname, port, username, password } = new URL(this.bench.url(this.database));
    const child = spawn(
      this.pgbench,
      [
        ...['--no-vacuum', '--protocol=prepared', `--client=${clients}`, `--jobs=${Math.min(clients, 2)}`],
        ...[`--time=${seconds}`, `--define=products=${products}`, `--define=customers=${CUSTOMERS}`],
        ...['--log', `--log-prefix=${join(logs, 'log')}`],
        ...['--file', join(ROOT, `apps/bench/sql/${script}.sql`)],
      ],
      {
        env: {
          ...process.env,
          ...{ PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password, PGDATABASE: this.database },
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    running.add(child);
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    const rate = Number(/tps = ([\d.]+)/.exec(output)?.[1]);
    if (child.exitCode !== 0 || !rate) throw new Error(`pgbench ${script} failed:\n${errors}${output}`);
    const latencies = readdirSync(logs).flatMap((log) => latenciesIn(readFileSync(join(logs, log), 'utf8')));
    rmSync(logs, { recursive: true });
    return { ...figureOf(Float64Array.from(latencies), seconds), perSecond: rate };
  }
}

/** In milliseconds. The third column of pgbench's log is the time of a transaction, in microseconds. */
const latenciesIn = (log: string): number[] =>
  log
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.split(' ')[2]) / 1_000);
