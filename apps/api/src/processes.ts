import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { log } from '@holdfast/platform';
import { onShutdown } from '@holdfast/platform/observability';

/** Where one dies so soon after it came up, or before, its successors might do nothing but start. */
const SOON_MS = 10_000;
const PAUSE_MS = 1_000;
const MARGIN_MS = 1_000;

/**
 * Keeps several processes of this program at work behind one port, and stops with them: each finishes what it has in
 * hand. One that dies is replaced; what it had not answered is lost with it, as with a single process: its connections
 * break, or, if they were just being handed to it, are never answered.
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
      // A bad port, for instance: it has said why, and no successor would do better.
      if (!hasListened) throw new Error(`a process of it could not start (${signal ?? `exit code ${code}`})`);
      const pause = Date.now() - since > SOON_MS ? 0 : PAUSE_MS;
      log.error({ died: worker.process.pid, code, signal, pause }, 'a process has died and is replaced');
      setTimeout(start, pause);
    });
  };

  // Each has its own limit, and says itself that it could not keep it.
  onShutdown('api', limit + MARGIN_MS, async () => {
    stopping = true;
    const exits = [...running].map(async (worker) => {
      const exit = once(worker, 'exit') as Promise<[code: number | null]>;
      worker.process.kill('SIGTERM');
      return (await exit)[0];
    });
    // One that had not come up yet is ended by the signal, and has no code.
    if ((await Promise.all(exits)).some((code) => code)) throw new Error('a process did not finish');
  });
  for (let started = 0; started < count; started++) start();
}
