import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool, type QueryResultRow } from 'pg';
import { type EmbeddedPostgres, freePort, startEmbeddedPostgres } from '@holdfast/testbed';
import type { TestDatabase } from './database';
import { eventually } from './eventually';

const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '100',
  // What the standby misses while it is stopped.
  wal_keep_size: '512MB',
};

/** Debian's place for what is not on the PATH. */
const DEBIAN = '/usr/lib/postgresql';

/** The executables of an installed PostgreSQL with pg_basebackup (node_modules has none): PG_BIN, or the newest. */
function installed(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const { PG_BIN } = process.env;
  const folders = PG_BIN ? [PG_BIN] : versions.map((version) => join(DEBIAN, version, 'bin'));
  const needed = ['pg_basebackup', 'initdb', 'postgres'];
  return folders.find((folder) => needed.every((name) => existsSync(join(folder, name))));
}

/**
 * A primary and its streaming standby, of the suite's own. The standby is made by pg_basebackup where that is
 * installed, otherwise from a copy of the stopped primary's files.
 */
export class Replication {
  private standby!: EmbeddedPostgres;
  private standbyPort?: number;
  private readonly pools: Pool[] = [];

  private constructor(
    private readonly home: string,
    private readonly binaries: string | undefined,
    private primary: EmbeddedPostgres,
  ) {}

  static async start(): Promise<Replication> {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-replication-'));
    chmodSync(home, 0o755);
    const binaries = installed();
    const options = { folder: join(home, 'primary'), port: await freePort(), binaries, settings: SETTINGS };
    const replication = new Replication(home, binaries, await startEmbeddedPostgres(options));
    await replication.makeStandby();
    await replication.startStandby();
    return replication;
  }

  get database(): TestDatabase {
    const { query } = this.pool(this.primary.url);
    return { url: this.primary.url, query, drop: () => Promise.resolve() };
  }

  get standbyUrl(): string {
    return this.standby.url;
  }

  /** From here on the standby receives, and shows nothing of it. */
  async pause(): Promise<void> {
    const { query } = this.pool(this.standby.url);
    await query('SELECT pg_wal_replay_pause()');
    await eventually(async () =>
      expect(await query('SELECT pg_get_wal_replay_pause_state() AS state')).toEqual([{ state: 'paused' }]),
    );
  }

  async resume(): Promise<void> {
    await this.pool(this.standby.url).query('SELECT pg_wal_replay_resume()');
  }

  /** Waits until the standby shows all that the primary has now. */
  async caughtUp(): Promise<void> {
    const [{ lsn }] = await this.pool(this.primary.url).query<{ lsn: string }>(
      'SELECT pg_current_wal_insert_lsn() AS lsn',
    );
    await eventually(async () =>
      expect(
        await this.pool(this.standby.url).query('SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS caught_up', [lsn]),
      ).toEqual([{ caught_up: true }]),
    );
  }

  async stopStandby(): Promise<void> {
    await this.standby.stop();
  }

  /** Where it was before, if it ever was. */
  async startStandby(): Promise<void> {
    const { port, password } = new URL(this.primary.url);
    this.standbyPort ??= await freePort();
    this.standby = await startEmbeddedPostgres({
      folder: this.standbyFolder,
      port: this.standbyPort,
      binaries: this.binaries,
      settings: {
        ...SETTINGS,
        primary_conninfo: `host=127.0.0.1 port=${port} user=postgres password=${password}`,
      },
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.end()));
    await this.standby.stop();
    await this.primary.stop();
    rmSync(this.primary.folder, { recursive: true });
    rmSync(this.standbyFolder, { recursive: true });
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Beside the primary's, which may have been moved to where PostgreSQL's account can reach it. */
  private get standbyFolder(): string {
    return `${this.primary.folder}-standby`;
  }

  private async makeStandby(): Promise<void> {
    const data = join(this.standbyFolder, 'data');
    const original = join(this.primary.folder, 'data');
    const { uid, gid } = statSync(original);
    mkdirSync(data, { recursive: true });
    chmodSync(this.standbyFolder, 0o711);
    if (this.binaries) {
      chmodSync(data, 0o700);
      chownSync(data, uid, gid);
      const account = process.getuid?.() === 0 ? { uid, gid } : {};
      const args = ['--pgdata', data, '--dbname', this.primary.url, '--checkpoint=fast', '--wal-method=stream'];
      execFileSync(join(this.binaries, 'pg_basebackup'), args, { ...account, cwd: data, stdio: 'pipe' });
    } else {
      const { folder, port } = this.primary;
      await this.primary.stop();
      cpSync(original, data, { recursive: true });
      chmodSync(data, 0o700);
      for (const name of ['', ...readdirSync(data, { recursive: true, encoding: 'utf8' })])
        chownSync(join(data, name), uid, gid);
      this.primary = await startEmbeddedPostgres({ folder, port, settings: SETTINGS });
    }
    writeFileSync(join(data, 'standby.signal'), '');
    chownSync(join(data, 'standby.signal'), uid, gid);
    copyFileSync(join(this.primary.folder, 'password'), join(this.standbyFolder, 'password'));
    chownSync(join(this.standbyFolder, 'password'), uid, gid);
  }

  private pool(url: string) {
    let pool = this.pools.find(({ options }) => options.connectionString === url);
    if (!pool) {
      pool = new Pool({ connectionString: url, max: 4 });
      // The server may be stopped under it: that is what the suite is about.
      pool.on('error', () => undefined);
      this.pools.push(pool);
    }
    const connections = pool;
    return {
      query: async <Row extends QueryResultRow>(sql: string, params?: unknown[]) =>
        (await connections.query<Row>(sql, params)).rows,
    };
  }
}
