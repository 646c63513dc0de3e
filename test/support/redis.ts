import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '@holdfast/testbed';

const BINARY = process.env['REDIS_SERVER'] ?? 'redis-server';
const PATH = process.env['PATH'];
const PASSWORD = 'p@ss';

const hasRedisServer = (): boolean => spawnSync(BINARY, ['--version'], { env: { PATH } }).status === 0;

/** A suite that needs a Redis. Without one it is skipped with a message, except in CI, where it has to run. */
export function describeWithRedis(name: string, suite: () => void): void {
  const canRun = hasRedisServer() || process.env['CI'] === 'true';
  if (!canRun) console.log(`No redis-server on the PATH, nor in REDIS_SERVER: "${name}" is skipped.`);
  (canRun ? describe : describe.skip)(name, suite);
}

/** A Redis of the suite's own, in memory only: it can fall silent, go away and come back. */
export class RedisServer {
  private child?: ChildProcess;

  private constructor(private readonly port: number) {}

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.comeBack();
    return server;
  }

  get url(): string {
    return `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.port}/1`;
  }

  /** Starts again on the same port, without the earlier data. */
  async comeBack(): Promise<void> {
    const options = ['--bind', '127.0.0.1', '--port', String(this.port), '--save', '', '--requirepass', PASSWORD];
    this.child = spawn(BINARY, options, { env: { PATH }, stdio: 'ignore' });
    for (const deadline = Date.now() + 10_000; !(await this.answers()); await sleep(20))
      if (Date.now() > deadline || this.child.exitCode !== null) throw new Error('redis-server does not start');
  }

  async goAway(): Promise<void> {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  /** All that it has is gone, as by an operator's FLUSHALL. */
  async flush(): Promise<void> {
    const client = new Redis(this.url);
    await client.flushall();
    client.disconnect();
  }

  /** Connections stay open, and no answer comes. */
  fallSilent(): void {
    this.child?.kill('SIGSTOP');
  }

  speakAgain(): void {
    this.child?.kill('SIGCONT');
  }

  private async answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
    const answered = await once(socket, 'data').then(
      () => true,
      () => false,
    );
    socket.destroy();
    return answered;
  }
}
