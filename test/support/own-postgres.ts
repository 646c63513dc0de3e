import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool, type QueryResultRow } from 'pg';
import { type EmbeddedPostgres, freePort, startEmbeddedPostgres } from '@holdfast/testbed';
import type { TestDatabase } from './database';

/** PostgreSQL's own words for the ways to shut it down, and the signals by which pg_ctl asks for them. */
const SHUTDOWN = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** A PostgreSQL of a suite's own, for what must not be done to one that others use. It keeps its port and its data. */
export class OwnPostgres {
  private readonly pool: Pool;
  private frozen: number[] = [];

  private constructor(
    private readonly home: string,
    private readonly settings: Record<string, string>,
    private server: EmbeddedPostgres,
  ) {
    this.pool = new Pool({ connectionString: server.url, max: 4 });
    // The server is taken away from under it: that is what the suite is about.
    this.pool.on('error', () => undefined);
  }

  /** With durability on, as it has to be in production: what is committed is there after an immediate shutdown. */
  static async start(settings: Record<string, string> = {}): Promise<OwnPostgres> {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-own-postgres-'));
    chmodSync(home, 0o755);
    const server = await startEmbeddedPostgres({ folder: join(home, 'postgres'), port: await freePort(), settings });
    return new OwnPostgres(home, settings, server);
  }

  get database(): TestDatabase {
    const query = async <Row extends QueryResultRow>(sql: string, params?: unknown[]) =>
      (await this.pool.query<Row>(sql, params)).rows;
    return { url: this.server.url, query, drop: () => Promise.resolve() };
  }

  async shutDown(mode: keyof typeof SHUTDOWN): Promise<void> {
    process.kill(this.postmaster, SHUTDOWN[mode]);
    await this.server.ended;
  }

  async comeBack(): Promise<void> {
    const { folder, port } = this.server;
    this.server = await startEmbeddedPostgres({ folder, port, settings: this.settings });
  }

  /**
   * Stops every process of the server where it stands, as when its machine is moved, or its disk hangs: connections
   * stay open, the kernel even takes new ones, and nothing answers. The postmaster first, so that no process is added
   * meanwhile.
   */
  async freeze(): Promise<void> {
    await this.pool.query('SELECT'); // so that there is a connection for the next question
    this.frozen = [this.postmaster];
    process.kill(this.postmaster, 'SIGSTOP');
    const { rows } = await this.pool.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
    this.frozen.push(...rows.map(({ pid }) => pid));
    for (const pid of this.frozen.slice(1)) process.kill(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.frozen.splice(0)) process.kill(pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.pool.end();
    await this.server.stop();
    rmSync(this.server.folder, { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }

  private get postmaster(): number {
    return Number(readFileSync(join(this.server.folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }
}
