import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadShop, readSample, TradingDay } from '@holdfast/testbed';
import { Api } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';

const admin = { username: 'boss', password: 'twelve paper lanterns' };
/** Enough to have one of each kind, and half as many customers, whose passwords take most of the time. */
const morning = readSample().invoices.slice(0, 65);

let database: TestDatabase;
let api: Api;
let productIds: Map<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  const script = join(__dirname, '../../../dist/apps/api/src/create-admin.js');
  await promisify(execFile)(process.execPath, [script, '--username', admin.username, '--email', 'boss@example.com'], {
    env: { ...testEnvironment(database.url), ADMIN_PASSWORD: admin.password },
  });
  api = await Api.start(database);
  jest.spyOn(console, 'log').mockReturnValue();
});

afterAll(async () => {
  await api.stop();
  await database.drop();
});

async function trade(): Promise<TradingDay> {
  const day = new TradingDay({ baseUrl: api.url, admin, traffic: { requests: 0, repeated: 0 } }, productIds);
  await day.replay(morning, () => {});
  return day;
}

it('puts on sale what is missing, and nothing twice', async () => {
  const load = () => loadShop({ baseUrl: api.url, admin });
  const first = await load();
  expect(first.size).toBe(1077);
  expect(await load()).toEqual(first);

  // As after a load that was stopped before its end: these are not there.
  await database.query(`UPDATE catalog.products SET retired_at = now() WHERE sku IN ('85123A', '71053')`);
  productIds = await load();
  const renewed = [...productIds].filter(([sku, id]) => first.get(sku) !== id).map(([sku]) => sku);
  expect([productIds.size, ...renewed.sort()]).toEqual([1077, '71053', '85123A']);
});

it('sells, refuses, cancels and corrects, and only replays that the second time', async () => {
  const first = await trade();
  expect(first.unexpected).toEqual([]);
  expect(first.placed.fresh).toBeGreaterThan(50);
  expect(first.placedAtOtherPrice).toBeGreaterThan(20);
  expect(first.refused.get('insufficient-stock')).toBeGreaterThan(0);
  expect([first.canceled, first.corrected]).toEqual([
    { fresh: 1, replayed: 0 },
    { fresh: 1, replayed: 0 },
  ]);

  // Some left what they had put into a cart, and by now their time is over.
  expect(first.holds.ordered).toBeGreaterThan(10);
  expect(first.holds).toMatchObject({ alive: first.holds.made - first.holds.ordered, expired: 0 });
  expect(first.holds.alive).toBeGreaterThan(10);
  await database.query(`UPDATE catalog.holds SET expires_at = clock_timestamp() - interval '1 second'`);

  const second = await trade();
  expect(second.holds).toEqual({ made: 0, ordered: 0, alive: 0, expired: first.holds.alive });
  expect([second.placed, second.canceled, second.corrected]).toEqual([
    { fresh: 0, replayed: first.placed.fresh },
    { fresh: 0, replayed: 1 },
    { fresh: 0, replayed: 1 },
  ]);
  expect([second.unitsSold, second.revenue]).toEqual([first.unitsSold, first.revenue]);
  await database.query('DELETE FROM catalog.holds'); // the sweep of a worker, of which there is none here
  await expectInvariants(database);
});
