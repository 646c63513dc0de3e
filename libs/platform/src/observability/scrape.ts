import { randomUUID } from 'node:crypto';
import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, register } from 'prom-client';

type Message =
  | { metrics: 'wanted'; id: string }
  | { metrics: 'of one'; id: string; own: object }
  | { metrics: 'of all'; id: string; text: string };

/** A process that has not told its own by then is only just starting, or hangs: the others are told without it. */
const PATIENCE_MS = 1_000;

export const METRICS_TYPE = register.contentType;

const waiting = new Map<string, (text: string) => void>();

/** The metrics of this process; of all that share its port, where it is one of several (WEB_CONCURRENCY). */
export function scrape(): Promise<string> {
  if (!cluster.isWorker) return register.metrics();
  return new Promise((resolve) => {
    const id = randomUUID();
    waiting.set(id, resolve);
    tell(process, { metrics: 'wanted', id });
  });
}

/** In one of several processes: asks the one that keeps them for the metrics of all, and tells it its own. */
export function shareMetrics(): void {
  process.on('message', (message: Message) => {
    if (message.metrics === 'of all') {
      waiting.get(message.id)?.(message.text);
      waiting.delete(message.id);
    } else if (message.metrics === 'wanted')
      void register.getMetricsAsJSON().then((own) => tell(process, { metrics: 'of one', id: message.id, own }));
  });
}

/** In the process that keeps the others. */
export function gatherMetrics(): void {
  cluster.on('message', (asker: Worker, message: Message) => {
    if (message.metrics === 'wanted') void ofAll().then((text) => tell(asker, { ...message, metrics: 'of all', text }));
  });
}

async function ofAll(): Promise<string> {
  const asked = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected()) as Worker[];
  const told = await Promise.all(asked.map((worker) => ofOne(worker)));
  return AggregatorRegistry.aggregate(told.filter((own) => own !== undefined)).metrics();
}

function ofOne(worker: Worker): Promise<object | undefined> {
  return new Promise((resolve) => {
    const id = randomUUID();
    const done = (own?: object) => {
      clearTimeout(patience);
      worker.off('message', hear);
      resolve(own);
    };
    const hear = (message: Message) => {
      if (message.metrics === 'of one' && message.id === id) done(message.own);
    };
    const patience = setTimeout(done, PATIENCE_MS);
    worker.on('message', hear);
    tell(worker, { metrics: 'wanted', id });
  });
}

/** One that is gone by now hears nothing, and is not waited for any longer than others are. */
const tell = (to: { send?: Worker['send'] }, message: Message) =>
  to.send?.(message, undefined, undefined, () => undefined);
