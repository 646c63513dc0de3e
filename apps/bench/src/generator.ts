/**
 * Sends the requests, in a process of its own: its work is neither the API's nor the measuring one's. Ends with the
 * process that forked it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './connection';
import type { LoadOrders, LoadReport } from './load';
import { requestsOf } from './requests';
import { figureOf } from './statistics';

/** Answers of this time are not counted: connections open, statements are prepared, batches find their size. */
const SETTLE_MS = 500;

async function load({ url, plan, expected, tokens, connections, rate, seconds }: LoadOrders): Promise<LoadReport> {
  const next = requestsOf(plan, tokens, expected);
  const client = new Client(url);
  const counted = new Map<string, number[]>();
  const begin = performance.now() + SETTLE_MS;
  const end = begin + seconds * 1_000;
  const exchange = () => {
    const request = next();
    const sent = performance.now();
    return client.send(request.text, request.expected, () => {
      const answered = performance.now();
      if (answered < begin || answered >= end) return;
      const latencies = counted.get(request.part);
      if (latencies) latencies.push(answered - sent);
      else counted.set(request.part, [answered - sent]);
    });
  };

  const loop = async () => {
    while (performance.now() < end) await exchange();
  };
  const timer = rate && setInterval(() => void exchange(), 1_000 / rate);
  if (rate) await sleep(end - performance.now());
  else await Promise.all(Array.from({ length: connections }, loop));
  clearInterval(timer);
  await client.close();

  const figure = (latencies: number[]) => figureOf(Float64Array.from(latencies), seconds);
  const parts = [...counted].map(([part, latencies]) => [part, figure(latencies)] as const);
  return { ...figure([...counted.values()].flat()), parts: Object.fromEntries(parts), others: client.others };
}

process.on('message', (orders: LoadOrders) => {
  load(orders).then(
    (report) => process.send!(report),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit());
