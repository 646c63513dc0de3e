import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { log } from '@holdfast/platform';
import { migrate } from '../../../ormconfig';
import {
  checkInvariants,
  type EmbeddedPostgres,
  freePort,
  type Moment,
  Server,
  startEmbeddedPostgres,
} from '@holdfast/testbed';
import { PromiseBroken } from './promise';
import { type Query, seedShop } from './seed';

/** An order that is answered is on the disk. The rest gives both sides room, so that no checkpoint falls into a run. */
const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '15min',
  max_connections: '200',
  // For the invariants, which join whole tables.
  work_mem: '64MB',
  // Counts only where it is asked to.
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'none',
};

/** Counted, and never reached: a request beyond it would end the run. */
const UNLIMITED = '100000000';
/** What is measured is the service, not its refusals; and no line is written for each request. */
const API_SETTINGS = {
  LOG_LEVEL: 'warn',
  RATE_LIMIT_ORDERS_PER_MINUTE: '1000000',
  ...{ CART_LINE_LIMIT: '0', CART_LIMIT: '0', UNPAID_ORDER_LIMIT: '0', UNPAID_UNITS_LIMIT: '0' },
  RATE_LIMIT_REQUESTS_PER_MINUTE: UNLIMITED,
};

/** The shop that every scenario begins with is a copy of this one. */
const TEMPLATE = 'shop';

/** The PostgreSQL of all that is measured, and the processes beside it. */
export class Bench {
  private readonly key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
  /** For logs. */
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  private postgres?: Promise<EmbeddedPostgres>;
  private server!: EmbeddedPostgres;
  private readonly servers: Server[] = [];
  private shops = 0;
  /** Of the customers of every shop. */
  tokens: string[] = [];
  adminToken = '';

  async start(): Promise<void> {
    log.level = 'warn';
    this.postgres = startEmbeddedPostgres({ settings: SETTINGS });
    this.server = await this.postgres;
    await this.query('postgres', `CREATE DATABASE ${TEMPLATE}`);
    await migrate(this.url(TEMPLATE));
    [this.adminToken, ...this.tokens] = await this.session(TEMPLATE, (query) => seedShop(query, this.key));
  }

  /** Also when it is still starting. */
  async stop(): Promise<void> {
    const server = await this.postgres?.catch(() => undefined);
    await server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get postgresVersion(): string {
    return this.server.version;
  }

  /** Of the server's first process. */
  async postgresPid(): Promise<number> {
    const [{ pid }] = await this.query<{ pid: string }>(
      'postgres',
      `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid`,
    );
    return Number(pid);
  }

  url(database: string): string {
    return this.server.url.replace(/postgres$/, database);
  }

  /** In a session of its own. */
  async session<T>(database: string, work: (query: Query) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return await work(
        async <Row extends QueryResultRow>(sql: string, values?: unknown[]) =>
          (await client.query<Row>(sql, values)).rows,
      );
    } finally {
      await client.end();
    }
  }

  query<Row extends QueryResultRow>(database: string, sql: string, values?: unknown[]): Promise<Row[]> {
    return this.session(database, (query) => query<Row>(sql, values));
  }

  /** A copy of the shop: 10,000 products, 1,000 customers, no order yet. */
  async openShop(database: string): Promise<void> {
    await this.query('postgres', `CREATE DATABASE ${database} TEMPLATE ${TEMPLATE} STRATEGY file_copy`);
    // Or the checkpoint of its copy falls into the first run.
    await this.query('postgres', 'CHECKPOINT');
  }

  async dropShop(database: string): Promise<void> {
    await this.query('postgres', `DROP DATABASE ${database} WITH (FORCE)`);
  }

  /**
   * Runs one scenario in a shop of its own. When all that was started for it has stopped, the promise is checked.
   * Throws {@link PromiseBroken}.
   */
  async inShop<T>(work: (shop: string) => Promise<T>, moment: Moment = 'quiet'): Promise<T> {
    const shop = `scenario_${++this.shops}`;
    await this.openShop(shop);
    const result = await work(shop);
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
    await this.checkPromise(shop, moment);
    await this.dropShop(shop);
    return result;
  }

  /** What PostgreSQL has logged. */
  get postgresLog(): string {
    return readFileSync(join(this.server.folder, 'postgres.log'), 'utf8');
  }

  /** On the disk that the data are on. */
  get freeGigabytes(): number {
    const { bavail, bsize } = statfsSync(this.server.folder);
    return (bavail * bsize) / 2 ** 30;
  }

  async startApi(database: string, environment: NodeJS.ProcessEnv = {}, options?: string[]): Promise<Server> {
    return this.startServer('api', 'main', { ...this.settingsFor(database), ...environment }, options);
  }

  /** The worker, ready when its relay runs. */
  async startWorker(database: string, environment: NodeJS.ProcessEnv = {}, options?: string[]): Promise<Server> {
    const port = await freePort();
    const own = { METRICS_PORT: String(port), MAIL_FOLDER: join(this.folder, 'mail') };
    return this.startServer('worker', 'main', { ...this.settingsFor(database), ...own, ...environment }, options, port);
  }

  /** A payment provider that answers, and pays, at once. */
  startSimulator(port: number, environment: NodeJS.ProcessEnv): Promise<Server> {
    const own = { SIMULATOR_PORT: String(port), SIMULATOR_DELAY_MS: '0' };
    return this.startServer('payment-simulator', 'main', { ...own, ...environment }, [], port);
  }

  /** The database as a role of its own sees it, by which its sessions and statements can be told from others. */
  async urlAs(role: string, database: string): Promise<string> {
    const url = new URL(this.url(database));
    await this.query('postgres', `DROP ROLE IF EXISTS "${role}"`);
    await this.query('postgres', `CREATE ROLE "${role}" SUPERUSER LOGIN PASSWORD '${url.password}'`);
    return Object.assign(url, { username: role }).href;
  }

  /** A bare Fastify route that answers with these bytes. */
  async startBareRoute(body: string, etag: string): Promise<Server> {
    return this.startServer('bench', 'bare', { BODY: body, ETAG: etag });
  }

  private settingsFor(database: string): NodeJS.ProcessEnv {
    return { ...API_SETTINGS, JWT_PRIVATE_KEY: this.key, DATABASE_URL: this.url(database) };
  }

  private async startServer(
    app: string,
    program: string,
    environment: NodeJS.ProcessEnv,
    options?: string[],
    port?: number,
  ): Promise<Server> {
    const script = `apps/${app}/src/${program}.js`;
    const log = join(this.folder, `${app}.log`);
    const server = await Server.start(script, port ?? (await freePort()), environment, log, options);
    this.servers.push(server);
    return server;
  }

  private async checkPromise(database: string, moment: Moment): Promise<void> {
    const broken = (await checkInvariants(this.url(database), moment)).filter(({ violations }) => violations.length);
    const report = broken.map(
      ({ id, statement, violations }) => `${id} ${statement}\n  ${JSON.stringify(violations[0])}`,
    );
    if (report.length) throw new PromiseBroken(`The promise was broken:\n${report.join('\n')}`);
  }
}
