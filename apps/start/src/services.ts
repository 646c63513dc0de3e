import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStart, DIST, HOME, STOP_WITH_LAUNCHER, terminate } from '@holdfast/testbed';

export type ServiceName = 'api' | 'worker' | 'payment-simulator';

const READY_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** The file that takes the output of a service. */
export const logOf = (name: ServiceName): string => join(HOME, `${name}.log`);

export const shortPath = (file: string): string => relative(process.cwd(), file);

/** The processes that the launcher runs. `onEnd` is called for each that ends without being stopped. */
export class Services {
  private readonly running = new Map<ServiceName, ChildProcess>();
  private readonly leaving = new WeakSet<ChildProcess>();
  private isStopping = false;

  constructor(private readonly onEnd: (reason: string) => void) {}

  get size(): number {
    return this.running.size;
  }

  /** Starts a service in its own process group: Ctrl-C reaches only the launcher, which stops the services in order. */
  run(name: ServiceName, environment: NodeJS.ProcessEnv): void {
    if (this.isStopping) throw new CannotStart('Holdfast is stopping already.');
    const output = openSync(logOf(name), 'a', 0o600);
    const child = spawn(process.execPath, ['--require', STOP_WITH_LAUNCHER, join(DIST, `apps/${name}/src/main.js`)], {
      detached: true,
      env: environment,
      stdio: ['ignore', output, output, 'ipc'],
    });
    closeSync(output);
    this.running.set(name, child);
    child.once('exit', (code, signal) => {
      this.running.delete(name);
      if (!this.isStopping && !this.leaving.has(child))
        this.onEnd(`The ${name} has ended: ${lastMessageOf(name) ?? signal ?? `exit code ${code}`}.${seeLog(name)}`);
    });
  }

  isRunning(name: ServiceName): boolean {
    return this.running.has(name);
  }

  /** Replaces a service by one that runs what `dist` holds now; starts it when it has ended. */
  async restart(name: ServiceName, environment: NodeJS.ProcessEnv): Promise<void> {
    const former = this.running.get(name);
    if (former) {
      this.leaving.add(former);
      await terminate(former);
    }
    if (!this.isStopping) this.run(name, environment);
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all([...this.running.values()].map(terminate));
  }
}

/** Waits until the API answers that it is ready; throws {@link CannotStart} after 60 s. `giveUp` ends the wait. */
export async function untilReady(url: string, giveUp: () => boolean = () => false): Promise<void> {
  for (const deadline = Date.now() + READY_LIMIT_MS; !giveUp(); await sleep(LOOK_EVERY_MS)) {
    const obstacle = await obstacleTo(url);
    if (obstacle === undefined) return;
    if (Date.now() > deadline)
      throw new CannotStart(`The API is not ready after ${READY_LIMIT_MS / 1000} s (${obstacle}).${seeLog('api')}`);
  }
}

async function obstacleTo(url: string): Promise<string | undefined> {
  try {
    const { ok, status } = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    return ok ? undefined : `it answers ${status}`;
  } catch (error) {
    return String(error instanceof TypeError ? error.cause : error);
  }
}

export const seeLog = (name: ServiceName): string => ` The log of the ${name} is ${shortPath(logOf(name))}.`;

/** What the service logged last, without its own name: the reason when it ended by itself. */
function lastMessageOf(name: ServiceName): string | undefined {
  const line = readFileSync(logOf(name), 'utf8').trimEnd().split('\n').at(-1) ?? '';
  try {
    return (JSON.parse(line) as { message?: string }).message?.replace(`${name} stopped: `, '').replace(/\.$/, '');
  } catch {
    return undefined; // A crash outside of the logger; the log has its text.
  }
}
