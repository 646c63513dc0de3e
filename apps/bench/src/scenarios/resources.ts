import { cpuSeconds, memoryMb } from '@holdfast/testbed';
import { type Report, rounded } from '../report';
import type { Scenario } from '../scenario';
import { PRODUCTS } from '../seed';
import { median } from '../statistics';

const CONNECTIONS = 64;

export const resources: Scenario = {
  what: 'what an order costs',
  lasts: ({ rounds, seconds }) => (rounds + 3) * (seconds + 0.7) + 20,
  run: ({ bench, generator, pace, log }) =>
    bench.inShop(async (shop): Promise<Report[]> => {
      const placeOn = (url: string, seconds = pace.seconds) =>
        generator.run({
          ...{ url, connections: CONNECTIONS, seconds, expected: 201 },
          plan: { kind: 'order', products: PRODUCTS, lines: 1 },
        });
      const number = async (sql: string): Promise<number> =>
        Number((await bench.query<{ n: string }>(shop, `SELECT ${sql} AS n`))[0].n);
      const ordersPlaced = () => number('(SELECT count(*) FROM ordering.orders)');
      /** How much each of these rose while orders were placed, for one of them. */
      const perOrder = async (read: () => Promise<number[]>, place: () => Promise<unknown>): Promise<number[]> => {
        const [before, orders] = [await read(), await ordersPlaced()];
        await place();
        const [after, placed] = [await read(), (await ordersPlaced()) - orders];
        return after.map((value, index) => (value - before[index]) / placed);
      };

      log('counting statements');
      await bench.query(shop, 'CREATE EXTENSION pg_stat_statements');
      await bench.query(shop, `ALTER DATABASE ${shop} SET pg_stat_statements.track = 'top'`);
      const watched = await bench.startApi(shop);
      await placeOn(watched.url);
      const ofThisShop = `FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = '${shop}')`;
      const [statements, commits] = await perOrder(
        async () => [
          await number(`(SELECT coalesce(sum(calls), 0) ${ofThisShop})`),
          await number(`(SELECT coalesce(sum(calls), 0) ${ofThisShop} AND query ILIKE 'commit%')`),
        ],
        () => placeOn(watched.url),
      );
      await watched.stop();
      await bench.query(shop, `ALTER DATABASE ${shop} RESET pg_stat_statements.track`);

      log('counting time and memory');
      const api = await bench.startApi(shop);
      const idle = memoryMb(api.pid);
      await placeOn(api.url);
      const postgres = await bench.postgresPid();
      const runs: { used: number[]; cores: number[]; memory: number }[] = [];
      for (let round = 1; round <= pace.rounds; round++) {
        log(`round ${round} of ${pace.rounds}`);
        const began = performance.now();
        let seconds = 0;
        const cpu = (): number[] =>
          [cpuSeconds(api.pid), cpuSeconds(postgres, true), cpuSeconds(generator.pid)].map((used) => used ?? NaN);
        const before = cpu();
        const used = await perOrder(
          async () => [await number(`pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')`), ...cpu()],
          async () => {
            await placeOn(api.url);
            seconds = (performance.now() - began) / 1_000;
          },
        );
        runs.push({
          used,
          cores: cpu().map((after, index) => (after - before[index]) / seconds),
          memory: memoryMb(api.pid) ?? NaN,
        });
      }
      const [wal, ...cpu] = [0, 1, 2, 3].map((index) => median(runs.map(({ used }) => used[index])));
      const cores = [0, 1, 2].map((index) => median(runs.map((run) => run.cores[index])));
      const microseconds = (seconds: number) => `${rounded(seconds * 1e6)} µs`;
      return [
        {
          name: 'resources',
          title: `What one order of one line costs, ${CONNECTIONS} connections, ${PRODUCTS.toLocaleString('en-US')} products`,
          head: ['', 'per order', 'cores in use'],
          rows: [
            ['statements sent to PostgreSQL', rounded(statements), ''],
            ['of them COMMIT', rounded(commits), ''],
            ['WAL', `${rounded(wal)} bytes`, ''],
            ['CPU of the API', microseconds(cpu[0]), rounded(cores[0])],
            ['CPU of PostgreSQL', microseconds(cpu[1]), rounded(cores[1])],
            ['CPU of the load generator', microseconds(cpu[2]), rounded(cores[2])],
          ],
          notes: [
            `Memory of the API: ${rounded(idle)} MB idle, ${rounded(Math.max(...runs.map(({ memory }) => memory)))} MB under load.`,
          ],
        },
      ];
    }),
};
