import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const SHUTDOWN_LIMIT_MS = 15_000;

/** Lets a process finish, but not for ever. */
export async function terminate(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const exit = once(service, 'exit');
  service.kill('SIGTERM');
  const limit = setTimeout(() => service.kill('SIGKILL'), SHUTDOWN_LIMIT_MS);
  await exit;
  clearTimeout(limit);
}
