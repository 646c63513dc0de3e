import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { log } from '@holdfast/platform';
import { onShutdown } from '@holdfast/platform/observability';

/** A process that dies this soon after it began to listen is replaced after a pause: its successor may die as soon. */
const SOON_MS = 10_000;
const PAUSE_MS = 1_000;
const MARGIN_MS = 1_000;

/**
 * Runs several processes of this program behind one port, replaces those that die, and stops them gracefully with
 * itself. Unanswered requests of a process that dies are lost: their connections break, or are never answered if the
 * process was just receiving them.
 */
export function keepProcesses(count: number, limit: number): void {
  let stopping = false;
  let hasListened = false;
  const running = new Set<Worker>();

  const start = (): void => {
    if (stopping) return;
    let since = Infinity;
    const worker = cluster.fork();
    running.add(worker);
    worker.once('listening', () => {
      hasListened = true;
      since = Date.now();
    });
    worker.once('exit', (code: number | null, signal: string | null) => {
      running.delete(worker);
      if (stopping) return;
      // A bad port, for instance, which the process has logged and a successor would meet as well.
      if (!hasListened) throw new Error(`A process could not start (${signal ?? `exit code ${code}`}); see its log.`);
      const pause = Date.now() - since > SOON_MS ? 0 : PAUSE_MS;
      log.error({ died: worker.process.pid, code, signal, pause }, 'a process has died and is replaced');
      setTimeout(start, pause);
    });
  };

  // Each process bounds its own shutdown, and logs when it exceeds the bound.
  onShutdown('api', limit + MARGIN_MS, async () => {
    stopping = true;
    const exits = [...running].map(async (worker) => {
      const exit = once(worker, 'exit') as Promise<[code: number | null]>;
      worker.process.kill('SIGTERM');
      return (await exit)[0];
    });
    // A process that was still starting ends by the signal, without a code.
    if ((await Promise.all(exits)).some((code) => code)) throw new Error('a process did not finish');
  });
  for (let started = 0; started < count; started++) start();
}
