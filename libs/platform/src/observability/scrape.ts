import { randomUUID } from 'node:crypto';
import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, register } from 'prom-client';

type Message =
  | { metrics: 'requested'; id: string }
  | { metrics: 'one'; id: string; own: object }
  | { metrics: 'all'; id: string; text: string };

/** A process that takes longer is starting or hangs, and is left out of the scrape. */
const TIMEOUT_MS = 1_000;

export const METRICS_TYPE = register.contentType;

const waiting = new Map<string, (text: string) => void>();

/** The metrics of this process, or of all processes that share its port (WEB_CONCURRENCY). */
export function scrape(): Promise<string> {
  if (!cluster.isWorker) return register.metrics();
  return new Promise((resolve) => {
    const id = randomUUID();
    waiting.set(id, resolve);
    send(process, { metrics: 'requested', id });
  });
}

/** In a worker process: answers the primary's requests for its metrics, and receives those of all. */
export function shareMetrics(): void {
  process.on('message', (message: Message) => {
    if (message.metrics === 'all') {
      waiting.get(message.id)?.(message.text);
      waiting.delete(message.id);
    } else if (message.metrics === 'requested')
      void register.getMetricsAsJSON().then((own) => send(process, { metrics: 'one', id: message.id, own }));
  });
}

/** In the primary process: collects the metrics of all workers for the one that is scraped. */
export function gatherMetrics(): void {
  cluster.on('message', (requester: Worker, message: Message) => {
    if (message.metrics === 'requested')
      void ofAll().then((text) => send(requester, { ...message, metrics: 'all', text }));
  });
}

async function ofAll(): Promise<string> {
  const asked = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected()) as Worker[];
  const answers = await Promise.all(asked.map((worker) => ofOne(worker)));
  return AggregatorRegistry.aggregate(answers.filter((own) => own !== undefined)).metrics();
}

function ofOne(worker: Worker): Promise<object | undefined> {
  return new Promise((resolve) => {
    const id = randomUUID();
    const done = (own?: object) => {
      clearTimeout(timer);
      worker.off('message', receive);
      resolve(own);
    };
    const receive = (message: Message) => {
      if (message.metrics === 'one' && message.id === id) done(message.own);
    };
    const timer = setTimeout(done, TIMEOUT_MS);
    worker.on('message', receive);
    send(worker, { metrics: 'requested', id });
  });
}

/** A process that has ended does not get the message, and no error is thrown. */
const send = (to: { send?: Worker['send'] }, message: Message) =>
  to.send?.(message, undefined, undefined, () => undefined);
