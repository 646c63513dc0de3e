import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '@holdfast/testbed';
import { type Report, rounded } from '../report';
import type { Scenario } from '../scenario';
import { PRODUCTS } from '../seed';

const FOLDER = join(ROOT, 'bench-results');
const CONNECTIONS = 64;
const ROWS = 20;
const LOOK_EVERY_MS = 100;
/** A worker that has not delivered everything by then is profiled up to there. */
const DELIVERY_LIMIT_MS = 30_000;

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  /** Microseconds before each sample. */
  timeDeltas: number[];
}

export const profile: Scenario = {
  what: 'where the CPU goes while orders are placed, and while the worker delivers',
  onlyByName: true,
  lasts: ({ seconds }) => 2 * (seconds + 10) + 20,
  run: ({ bench, generator, pace, log }) =>
    bench.inShop(async (shop): Promise<Report[]> => {
      mkdirSync(FOLDER, { recursive: true });
      const place = (url: string, seconds: number) =>
        generator.run({
          ...{ url, connections: CONNECTIONS, seconds, expected: 201 },
          plan: { kind: 'order', products: PRODUCTS, lines: 1 },
        });

      log('placing orders');
      let started = performance.now();
      const api = await bench.startApi(shop, {}, profiledAs('api'));
      await place(api.url, 1);
      const warmUpMs = performance.now() - started;
      await place(api.url, pace.seconds);
      await api.stop();

      const waiting = async (): Promise<number> => {
        const sql = `SELECT count(*) AS n FROM platform.outbox WHERE status = 'pending'`;
        return Number((await bench.query<{ n: string }>(shop, sql))[0].n);
      };
      const before = await waiting();
      log(`delivering ${before} events`);
      started = performance.now();
      const worker = await bench.startWorker(shop, {}, profiledAs('worker'));
      const startMs = performance.now() - started;
      const deadline = performance.now() + DELIVERY_LIMIT_MS;
      while ((await waiting()) > 0 && performance.now() < deadline) await sleep(LOOK_EVERY_MS);
      await worker.stop();

      return [
        tableOf('api', 'API, placing orders', warmUpMs),
        tableOf('worker', `Worker, delivering events (${before - (await waiting())} of ${before})`, startMs),
      ];
    }),
};

const fileOf = (name: string): string => `${name}.cpuprofile`;
const profiledAs = (name: string): string[] => [
  ...['--cpu-prof', `--cpu-prof-dir=${FOLDER}`, `--cpu-prof-name=${fileOf(name)}`],
];

/** The functions with the most time of their own, without the first `skippedMs`: the start and the warm-up. */
function tableOf(name: string, title: string, skippedMs: number): Report {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(FOLDER, fileOf(name)), 'utf8')) as CpuProfile;
  const functions = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const selfMs = new Map<string, number>();
  let [elapsedMs, busyMs] = [0, 0];
  samples.forEach((id, index) => {
    // A sample stands for the time until the next one.
    const ms = (timeDeltas[index + 1] ?? 0) / 1_000;
    elapsedMs += timeDeltas[index] / 1_000;
    const label = functions.get(id)!;
    if (elapsedMs < skippedMs || label === '(idle)') return;
    busyMs += ms;
    selfMs.set(label, (selfMs.get(label) ?? 0) + ms);
  });
  const top = [...selfMs].sort(([, one], [, other]) => other - one).slice(0, ROWS);
  return {
    name: `profile-${name}`,
    isDetail: true,
    title: `${title}: ${rounded(busyMs)} ms busy, bench-results/${fileOf(name)}`,
    head: ['', 'self ms', 'share'],
    rows: top.map(([label, ms]) => [label, rounded(ms), `${((100 * ms) / busyMs).toFixed(1)} %`]),
  };
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  if (!url) return functionName || '(anonymous)';
  const file = url.replace(/^file:\/\//, '').replace(`${ROOT}/`, '');
  const short = file.replace(/^.*node_modules\//, '').replace(/^dist\//, '');
  return `${functionName || '(anonymous)'}  ${short}:${lineNumber + 1}`;
}
