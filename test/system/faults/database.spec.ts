import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { expectUnharmed } from '../../support/aftermath';
import { type Exchange, MixedLoad } from '../../support/mixed-load';
import { OwnPostgres } from '../../support/own-postgres';
import { Site } from '../../support/site';

const A_MOMENT = 1_500;
const MAX_CONNECTIONS = 70;
const END_SESSIONS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'holdfast%'`;

/** Two API processes and a worker in use, and a PostgreSQL that things happen to. */
describe('in the middle of a day, PostgreSQL', () => {
  let postgres: OwnPostgres;
  let site: Site;
  let load: MixedLoad;

  beforeAll(async () => {
    postgres = await OwnPostgres.start({ max_connections: String(MAX_CONNECTIONS) });
    site = await Site.open(postgres.database);
  }, 120_000);
  beforeEach(async () => {
    load = await MixedLoad.on(site);
    await sleep(A_MOMENT);
  });
  afterEach(async () => {
    postgres.thaw();
    await load.stop();
  });
  afterAll(async () => {
    await site.close();
    await postgres.stop();
  }, 120_000);

  const live = () => Promise.all(site.apis.map(async (api) => (await api.as().get('/health/live')).status));
  const ready = () => Promise.all(site.apis.map(async (api) => (await api.as().get('/health/ready')).status));
  const statuses = (exchanges: Exchange[]) => new Set(exchanges.map(({ answer }) => answer?.status));

  it.each(['fast', 'immediate'] as const)(
    'OPS-06 is restarted: -m %s',
    async (mode) => {
      await postgres.shutDown(mode);
      const down = Date.now();
      await sleep(A_MOMENT);
      expect(await ready()).toEqual([503, 503]);
      expect(await live()).toEqual([200, 200]);
      expect(statuses(load.since(down + 100))).toEqual(new Set([503]));
      await postgres.comeBack();
      await expectUnharmed(site, load);
    },
    120_000,
  );

  it('falls silent for 20 s, its connections open', async () => {
    await postgres.freeze();
    const frozen = Date.now();
    const notReady = ready();
    expect(await live()).toEqual([200, 200]);
    expect(await notReady).toEqual([503, 503]);
    expect(Date.now() - frozen).toBeLessThan(15_000);
    await sleep(frozen + 20_000 - Date.now());
    postgres.thaw();
    const answered = load.since(frozen).filter(({ at, took }) => at + took < frozen + 19_000);
    expect(statuses(answered)).toEqual(new Set([503]));
    expect(Math.max(...answered.map(({ took }) => took))).toBeLessThan(17_000);
    await expectUnharmed(site, load);
  }, 120_000);

  it('gives its connections to somebody else, all of them', async () => {
    // The server reserves three for superusers, and the suite has some of its own.
    const MOST = MAX_CONNECTIONS - 12;
    const others: Client[] = [];
    const take = async () => {
      const other = new Client(postgres.database.url);
      other.on('error', () => undefined);
      await other.connect().then(
        () => others.push(other),
        () => undefined, // there is none left
      );
    };
    const takeAll = () => Promise.all(Array.from({ length: MAX_CONNECTIONS }, take));
    await takeAll();
    // Those that the service still has are taken from it, as by an administrator, until the others have been faster.
    for (const until = Date.now() + 60_000; others.length < MOST && Date.now() < until; await takeAll())
      await others[0].query(END_SESSIONS);
    expect(others.length).toBeGreaterThanOrEqual(MOST);
    const gone = Date.now();
    await sleep(A_MOMENT);
    expect(await live()).toEqual([200, 200]);
    expect(statuses(load.since(gone))).toContain(503);
    await Promise.all(others.map((other) => other.end()));
    await expectUnharmed(site, load);
  }, 120_000);

  it('ends sessions in the middle of what they do, again and again', async () => {
    for (const until = Date.now() + 5_000; Date.now() < until; await sleep(60))
      await postgres.database.query(END_SESSIONS);
    expect(await live()).toEqual([200, 200]);
    await expectUnharmed(site, load);
  }, 120_000);

  it('is read-only for a while, as an old primary is after a failover', async () => {
    const admin = new Client(postgres.database.url);
    await admin.connect();
    await admin.query('ALTER DATABASE postgres SET default_transaction_read_only = on');
    await admin.query(END_SESSIONS);
    await sleep(500);
    const readOnly = Date.now();
    await sleep(2 * A_MOMENT);
    const writes = load.since(readOnly).filter(({ method }) => method !== 'GET');
    const reads = load.since(readOnly).filter(({ method }) => method === 'GET');
    expect(statuses(writes)).toEqual(new Set([503]));
    expect(statuses(reads)).toEqual(new Set([200]));
    // Nobody ends the sessions that were made meanwhile, and stay read-only for as long as they live.
    await admin.query('SET default_transaction_read_only = off');
    await admin.query('ALTER DATABASE postgres RESET default_transaction_read_only');
    await admin.end();
    await expectUnharmed(site, load);
  }, 120_000);
});
