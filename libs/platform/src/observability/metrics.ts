import cluster from 'node:cluster';
import type { Pool } from 'pg';
import { collectDefaultMetrics, Counter, Gauge, Histogram, register } from 'prom-client';

/**
 * The counters and histograms of this process, for Prometheus. A counter starts at 0 with its process:
 * `sum(increase(…))` over the processes is right, however many there are and however often they restart.
 */
export const metrics = {
  requests: new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Answers, by duration. The route is the template, without what a client has put into its path.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  }),
  batches: new Histogram({
    name: 'group_commit_batch_size',
    help: 'Transactions that calls of a use case have shared, by the number of calls.',
    buckets: [1, 2, 5, 10, 20, 50, 100],
  }),
  halvings: new Counter({
    name: 'group_commit_halvings_total',
    help: 'Batches that failed and were retried in halves.',
  }),
  cacheRequests: new Counter({
    name: 'cache_requests_total',
    help: 'Lookups in a cache, by result.',
    labelNames: ['cache', 'result'] as const,
  }),
  redisAway: new Gauge({
    name: 'redis_away',
    help: '1 while the process works without the Redis of REDIS_URL, with a cache and rate limits of its own.',
  }),
  limited: new Counter({
    name: 'rate_limited_total',
    help: 'Requests refused because their customer or address had sent too many, by limit.',
    labelNames: ['limit'] as const,
  }),
  workerErrors: new Counter({
    name: 'worker_errors_total',
    help: 'Failures in the worker that are retried: events, sweeps, publishing.',
  }),
};

const shed = new Counter({
  name: 'shed_total',
  help: 'Calls refused because too many waited already, by queue.',
  labelNames: ['queue'] as const,
});

/**
 * Declares a queue of bounded length. The returned function counts a call that is refused because the queue is full.
 * The series begins at 0, so that `increase` shows the first refusal.
 */
export function shedCounter(queue: string): () => void {
  shed.inc({ queue }, 0);
  return () => shed.inc({ queue });
}

/** Declares a counter of a context. The returned function adds one. */
export function counter(name: string, help: string): () => void {
  const declared = new Counter({ name, help });
  return () => declared.inc();
}

new Gauge({
  name: 'database_pool_connections',
  help: 'Connections of a pool, open and idle, and the calls that wait for one.',
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

const eventCounters = new Map<string, () => void>();

/**
 * Counts the events of a type as `name`. The process that commits an event counts it, right after the COMMIT: each
 * event exactly once, and none that was rolled back.
 */
export function countEvents(type: string, name: string, help: string): void {
  eventCounters.set(type, counter(name, help));
}

export function countCommitted(type: string): void {
  eventCounters.get(type)?.();
}

/** A gauge that is read at each scrape. A second gauge of the same name replaces the first. */
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

/** Adds Node's own metrics: memory, CPU, delay of the event loop. Called once, by a process's main. */
export function watchProcess(): void {
  collectDefaultMetrics();
  // Processes behind one port have a label each: a replaced one would look like counters that go backwards.
  if (cluster.isWorker) register.setDefaultLabels({ process: process.pid });
}
