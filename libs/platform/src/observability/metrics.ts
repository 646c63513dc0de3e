import cluster from 'node:cluster';
import type { Pool } from 'pg';
import { collectDefaultMetrics, Counter, Gauge, Histogram, register } from 'prom-client';

/**
 * What this process counts and measures, for Prometheus. A count is of what this process has done since it started:
 * `sum(increase(…))` over the processes is right however many there are, and however often they start again.
 */
export const metrics = {
  requests: new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Answers, by how long they took. The route is the template: never what a client has put into its path.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  }),
  batches: new Histogram({
    name: 'group_commit_batch_size',
    help: 'Transactions that calls of a use case have shared, by how many calls it were.',
    buckets: [1, 2, 5, 10, 20, 50, 100],
  }),
  halvings: new Counter({
    name: 'group_commit_halvings_total',
    help: 'Batches that failed, and were tried again in halves.',
  }),
  cacheRequests: new Counter({
    name: 'cache_requests_total',
    help: 'Answers that were looked for in a cache, and whether they were there.',
    labelNames: ['cache', 'result'] as const,
  }),
  redisAway: new Gauge({
    name: 'redis_away',
    help: '1 while a process goes on without the Redis of REDIS_URL: with a cache and rate limits of its own.',
  }),
  limited: new Counter({
    name: 'rate_limited_total',
    help: 'Requests that were refused because their customer, or their address, had sent too many, by the limit.',
    labelNames: ['limit'] as const,
  }),
  logInsThrottled: new Counter({
    name: 'log_ins_throttled_total',
    help: 'Log-ins that were refused after too many wrong passwords.',
  }),
  shed: new Counter({
    name: 'shed_total',
    help: 'Calls that were refused because too many waited already, by what for.',
    labelNames: ['queue'] as const,
  }),
  workerErrors: new Counter({
    name: 'worker_errors_total',
    help: 'What the worker has failed at, and tries again: events, sweeps, publishing.',
  }),
};

const QUEUES = ['batches', 'connections', 'passwords'] as const;
// A series that begins with its first refusal would hide that one from `increase`.
for (const queue of QUEUES) metrics.shed.inc({ queue }, 0);

/** Counts a call that is refused because too many wait already. */
export const noteShed = (queue: (typeof QUEUES)[number]): void => metrics.shed.inc({ queue });

new Gauge({
  name: 'database_pool_connections',
  help: 'Connections of a pool: open ones, those of them that nobody uses, and how many calls wait for one.',
  labelNames: ['pool', 'state'],
  collect() {
    for (const [pool, { totalCount, idleCount, waitingCount }] of pools)
      Object.entries({ open: totalCount, idle: idleCount, waiting: waitingCount }).forEach(([state, count]) =>
        this.set({ pool, state }, count),
      );
  },
});
const pools = new Map<string, Pool>();

export function watchPool(name: string, pool: Pool): void {
  pools.set(name, pool);
}

const countedEvents = new Map<string, Counter>();

/**
 * Counts the events of a type as `name`. They are counted where they are committed, right after the COMMIT, by the
 * process that has made it: each exactly once, and none that was rolled back.
 */
export function countEvents(type: string, name: string, help: string): void {
  countedEvents.set(type, new Counter({ name, help }));
}

export function noteCommitted(type: string): void {
  countedEvents.get(type)?.inc();
}

/** A gauge that is read when somebody asks. A second one of the name, in a test perhaps, takes the place of the first. */
export function gauge(name: string, help: string, read: () => Promise<number | undefined>): void {
  register.removeSingleMetric(name);
  new Gauge({
    name,
    help,
    async collect() {
      const value = await read();
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}

/** Also what Node tells of itself: memory, CPU, how late its event loop is. Called once, by a process's main. */
export function watchProcess(): void {
  collectDefaultMetrics();
  // Several behind one port are told apart; else one that is replaced would look like counters that go backwards.
  if (cluster.isWorker) register.setDefaultLabels({ process: process.pid });
}
