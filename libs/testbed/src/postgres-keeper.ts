/**
 * Runs one PostgreSQL for the process that forked it, and stops it when the channel to that process closes: because it
 * was asked to stop, or because that process ended in any way, kill -9 included. It is a process of its own, forked
 * into a process group of its own, so that Ctrl-C in a terminal reaches neither it nor PostgreSQL: only then can the
 * API finish its requests before its database goes away. Its output and PostgreSQL's are the log that the parent
 * opened.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Account {
  uid: number;
  gid: number;
}

export interface KeeperOrders {
  /** The folder of the executables `initdb` and `postgres`. */
  binaries: string;
  /** Holds the cluster in `data` and the password of its superuser in `password`. */
  folder: string;
  port: number;
  /** The account that PostgreSQL runs as when we are root, which it refuses to be. */
  account?: Account;
  settings: Record<string, string>;
  /** Named in postmaster.pid and known not to be a server any more. */
  formerServer?: number;
  /** The folder goes away with the server. */
  temporary: boolean;
}

export type KeeperReport = 'ready' | 'failed';

/** A fast shutdown ends with a checkpoint. Past this, stop at once and let the next start recover from the WAL. */
const SHUTDOWN_LIMIT_MS = 30_000;

const parentGone = new Promise<void>((resolve) => {
  process.once('disconnect', resolve);
  process.once('SIGTERM', resolve);
});
process.on('SIGINT', () => {});

function run(orders: KeeperOrders, executable: string, args: string[]): ChildProcess {
  return spawn(join(orders.binaries, executable), args, {
    ...orders.account,
    cwd: orders.folder,
    // Neither messages nor the handling of text may depend on who starts it.
    env: {
      ...process.env,
      LC_ALL: 'C',
      // The process in an old lock file that PostgreSQL need not fear; pg_ctl names itself so. Without it a zombie that
      // nobody reaps (PID 1 of a container) or a new process with the same id would stop every further start.
      ...(orders.formerServer ? { PG_GRANDPARENT_PID: String(orders.formerServer) } : {}),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** Created under another name and renamed when complete: an interrupted creation is never taken for a database. */
async function createCluster(orders: KeeperOrders, data: string): Promise<void> {
  const unfinished = `${data}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  if (orders.account) chownSync(unfinished, orders.account.uid, orders.account.gid);
  const initdb = run(orders, 'initdb', [
    `--pgdata=${unfinished}`,
    '--username=postgres',
    `--pwfile=${join(orders.folder, 'password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    ...(orders.temporary ? ['--no-sync'] : []),
  ]);
  const [code] = (await once(initdb, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`initdb failed (exit code ${code}).`);
  renameSync(unfinished, data);
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}

/** The eighth line of postmaster.pid is what pg_ctl waits for; the first identifies our server, not a stale file. */
async function acceptsConnections(server: ChildProcess, data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  while (!hasEnded(server)) {
    const lines = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').split('\n') : [];
    if (lines[0] === String(server.pid) && lines[7]?.trim() === 'ready') return;
    await sleep(20);
  }
  throw new Error('PostgreSQL ended while starting.');
}

async function stop(server: ChildProcess): Promise<void> {
  if (hasEnded(server)) return;
  const exit = once(server, 'exit');
  server.kill('SIGINT');
  const limit = setTimeout(() => server.kill('SIGQUIT'), SHUTDOWN_LIMIT_MS);
  await exit;
  clearTimeout(limit);
}

async function keep(orders: KeeperOrders): Promise<void> {
  const data = join(orders.folder, 'data');
  const report = (outcome: KeeperReport) => process.connected && process.send?.(outcome);
  try {
    if (!existsSync(data)) await createCluster(orders, data);
    const settings = Object.entries(orders.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = run(orders, 'postgres', ['-D', data, '-p', String(orders.port), ...settings]);
    await once(server, 'spawn');
    const ended = once(server, 'exit');
    try {
      await Promise.race([acceptsConnections(server, data), parentGone]);
      report('ready');
      await Promise.race([ended, parentGone]);
    } finally {
      await stop(server);
    }
  } catch (error) {
    console.error(error);
    report('failed');
    process.exitCode = 1;
    // The parent first reads the log, which may be about to go.
    await parentGone;
  }
  if (orders.temporary) rmSync(orders.folder, { recursive: true, force: true });
  if (process.connected) process.disconnect();
}

process.once('message', (orders: KeeperOrders) => void keep(orders));
