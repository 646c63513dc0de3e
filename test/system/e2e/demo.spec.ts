import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Dispatch, loadShop, readSample, TradingDay } from '@holdfast/testbed';
import { Api, Simulator, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';

const admin = { username: 'boss', password: 'twelve paper lanterns' };
/** Enough to have one of each kind, and half as many customers, whose passwords take most of the time. */
const morning = readSample().invoices.slice(0, 65);

let database: TestDatabase;
let api: Api;
let simulator: Simulator;
let worker: Worker;
let productIds: Map<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  const script = join(__dirname, '../../../dist/apps/api/src/create-admin.js');
  await promisify(execFile)(process.execPath, [script, '--username', admin.username, '--email', 'boss@example.com'], {
    env: { ...testEnvironment(database.url), ADMIN_PASSWORD: admin.password },
  });
  api = await Api.start(database);
  simulator = await Simulator.start(api);
  worker = await Worker.start(database, simulator.environment);
  jest.spyOn(console, 'log').mockReturnValue();
});

afterAll(async () => {
  await Promise.all([api, simulator, worker].map((process) => process.stop()));
  await database.drop();
});

async function trade(): Promise<{ day: TradingDay; dispatch: Dispatch }> {
  const day = new TradingDay({ baseUrl: api.url, admin, traffic: { requests: 0, repeated: 0 } }, productIds);
  await day.replay(morning, () => {});
  const dispatch = new Dispatch(day);
  await dispatch.ship(() => {});
  await dispatch.takeBack(morning);
  return { day, dispatch };
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

it('sells, refuses, ships in parts, takes back and corrects, and only replays that the second time', async () => {
  const { day: first, dispatch } = await trade();
  expect(first.unexpected).toEqual([]);
  expect(first.placed.fresh).toBeGreaterThan(50);
  expect(first.placedAtOtherPrice).toBeGreaterThan(20);
  expect(first.refused.get('insufficient-stock')).toBeGreaterThan(0);
  expect(first.corrected).toEqual({ fresh: 1, replayed: 0 });

  const parcels = first.orders.reduce((sum, { order }) => sum + Math.min(order.items.length, 2), 0);
  expect([dispatch.notPaid, dispatch.units.shipped]).toEqual([0, first.unitsSold]);
  expect([dispatch.shipments, dispatch.returns]).toEqual([
    { fresh: parcels, replayed: 0 },
    { fresh: 1, replayed: 0 },
  ]);
  expect(dispatch.units).toMatchObject({ restocked: 5, writtenOff: 1 });
  const [stored] = await database.query(
    `SELECT (SELECT count(*)::int FROM ordering.orders WHERE status = 'fulfilled' AND ship_to IS NOT NULL) AS fulfilled,
            (SELECT sum(quantity)::int FROM fulfilment.shipment_lines) AS shipped`,
  );
  expect(stored).toEqual({ fulfilled: first.placed.fresh, shipped: first.unitsSold });

  // Some left what they had put into a cart, and by now their time is over.
  expect(first.holds.ordered).toBeGreaterThan(10);
  expect(first.holds).toMatchObject({ alive: first.holds.made - first.holds.ordered, expired: 0 });
  expect(first.holds.alive).toBeGreaterThan(10);
  await database.query(`UPDATE catalog.holds SET expires_at = clock_timestamp() - interval '1 second'`);

  const { day: second, dispatch: again } = await trade();
  expect(second.holds).toEqual({ made: 0, ordered: 0, alive: 0, expired: first.holds.alive });
  expect([second.placed, second.corrected, again.shipments, again.returns]).toEqual(
    [first.placed, first.corrected, dispatch.shipments, dispatch.returns].map(({ fresh }) => ({
      ...{ fresh: 0, replayed: fresh },
    })),
  );
  expect([second.unitsSold, second.revenue]).toEqual([first.unitsSold, first.revenue]);
  expect([again.units, again.refunded]).toEqual([dispatch.units, dispatch.refunded]);
  await expectInvariants(database);
});
