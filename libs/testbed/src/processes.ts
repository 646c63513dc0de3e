import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './embedded-postgres';
import { ROOT } from './home';
import { terminate } from './terminate';

export const DIST = join(ROOT, 'dist');
/** Preloaded into a process, it ends the process with the one that started it. */
export const STOP_WITH_LAUNCHER = join(DIST, 'libs/testbed/src/stop-with-launcher.js');
const READY_LIMIT_MS = 60_000;
/** Of the times in /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** All processes that were started, so that none is left behind. */
class Running {
  private readonly children = new Set<ChildProcess>();

  add(child: ChildProcess): ChildProcess {
    this.children.add(child);
    child.once('exit', () => this.children.delete(child));
    return child;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.children].map(terminate));
  }
}

export const running = new Running();

/** A built program of ours that answers over HTTP. It ends with this process, however that ends. */
export class Server {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts a program and waits until it is ready. `options` are Node's. */
  static async start(
    script: string,
    port: number,
    environment: NodeJS.ProcessEnv,
    log: string,
    options: string[] = [],
  ): Promise<Server> {
    const output = openSync(log, 'a', 0o600);
    // The options are those of `npm run start:api`.
    const child = spawn(
      process.execPath,
      ['--max-semi-space-size=32', ...options, '--require', STOP_WITH_LAUNCHER, join(DIST, script)],
      {
        detached: true,
        env: { PATH: process.env.PATH, ...environment, HOST: '127.0.0.1', PORT: String(port) },
        stdio: ['ignore', output, output, 'ipc'],
      },
    );
    closeSync(output);
    const server = new Server(running.add(child), `http://127.0.0.1:${port}`);
    for (const deadline = Date.now() + READY_LIMIT_MS; !(await server.isReady()); await sleep(50)) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`${script} is not ready. The end of its log:\n${lastLines(log)}`);
    }
    return server;
  }

  get pid(): number {
    return this.child.pid!;
  }

  stop(): Promise<void> {
    return terminate(this.child);
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health/ready`)).ok;
    } catch {
      return false; // the server does not listen yet; the deadline above reports it when that lasts
    }
  }
}

const hasProc = process.platform === 'linux';

/** Seconds of CPU that a process has used, with its children if wanted; undefined where there is no /proc. */
export function cpuSeconds(pid: number, withChildren = false): number | undefined {
  if (!hasProc) return undefined;
  const ids = withChildren ? [pid, ...childrenOf(pid)] : [pid];
  // Ended children are in the parent's own account (cutime, cstime).
  const ticks = ids.map((id) => sum(statOf(id).slice(11, withChildren && id === pid ? 15 : 13)));
  return sum(ticks) / TICKS_PER_SECOND;
}

/** Resident memory in MB. */
export function memoryMb(pid: number): number | undefined {
  if (!hasProc) return undefined;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

/** The numbers after the name in /proc/<pid>/stat, the parent's id at index 1; empty when the process has ended. */
function statOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) . /s, '0 ')
      .split(' ')
      .map(Number);
  } catch {
    return [];
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)[1] === parent);
}

const sum = (values: (string | number)[]): number => values.reduce<number>((total, value) => total + Number(value), 0);
