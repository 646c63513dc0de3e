import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../apps/demo/src/free-port';

const BINARY = process.env['NATS_SERVER'] ?? 'nats-server';
const PATH = `${process.env['PATH']}:/usr/sbin:/usr/local/sbin`;

/** Debian has it in /usr/sbin, which is not on everybody's PATH. */
export const hasNatsServer = (): boolean => spawnSync(BINARY, ['--version'], { env: { PATH } }).status === 0;

/** A NATS server with JetStream of the suite's own: it can be taken away and come back. */
export class NatsServer {
  private readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-nats-'));
  private child?: ChildProcess;

  private constructor(private readonly port: number) {}

  static async start(): Promise<NatsServer> {
    const server = new NatsServer(await freePort());
    await server.comeBack();
    return server;
  }

  get url(): string {
    return `nats://ann:p%40ss@127.0.0.1:${this.port}`;
  }

  /** What it had stored is there again. */
  async comeBack(): Promise<void> {
    const options = ['-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', this.folder];
    this.child = spawn(BINARY, [...options, '--user', 'ann', '--pass', 'p@ss'], { env: { PATH }, stdio: 'ignore' });
    for (const deadline = Date.now() + 10_000; !(await this.answers()); await sleep(20))
      if (Date.now() > deadline || this.child.exitCode !== null) throw new Error('nats-server does not start');
  }

  async goAway(): Promise<void> {
    if (this.child?.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  async stop(): Promise<void> {
    await this.goAway();
    rmSync(this.folder, { recursive: true });
  }

  private async answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    const answered = await once(socket, 'data').then(
      () => true,
      () => false,
    );
    socket.destroy();
    return answered;
  }
}
