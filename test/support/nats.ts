import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectToNats, type NatsConnection } from '@nats-io/transport-node';
import type { CloudEvent } from '@holdfast/platform';
import { freePort } from '@holdfast/testbed';

const BINARY = process.env['NATS_SERVER'] ?? 'nats-server';
const PATH = `${process.env['PATH']}:/usr/sbin:/usr/local/sbin`;

/** Debian has it in /usr/sbin, which is not on everybody's PATH. */
const hasNatsServer = (): boolean => spawnSync(BINARY, ['--version'], { env: { PATH } }).status === 0;

/** In CI it has to run: without a server it fails there. */
export function describeWithNats(name: string, suite: () => void): void {
  const canRun = hasNatsServer() || process.env['CI'] === 'true';
  if (!canRun) console.log(`No nats-server on the PATH, nor in NATS_SERVER: "${name}" is skipped.`);
  (canRun ? describe : describe.skip)(name, suite);
}

export interface StoredEvent {
  event: CloudEvent;
  subject: string;
  contentType?: string;
}

/** Everything the stream holds, in its order. */
export async function storedEvents(connection: NatsConnection): Promise<StoredEvent[]> {
  const { state } = await (await jetstreamManager(connection)).streams.info('HOLDFAST');
  const reader = await jetstream(connection).consumers.get('HOLDFAST');
  const messages: StoredEvent[] = [];
  while (messages.length < state.messages) {
    const message = await reader.next({ expires: 5_000 });
    if (!message) throw new Error(`only ${messages.length} of ${state.messages} could be read`);
    const { subject } = message;
    messages.push({ event: message.json<CloudEvent>(), subject, contentType: message.headers?.get('content-type') });
  }
  return messages;
}

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

  /** A client of one's own. */
  connect(): Promise<NatsConnection> {
    return connectToNats({ servers: `127.0.0.1:${this.port}`, user: 'ann', pass: 'p@ss', timeout: 5_000 });
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
