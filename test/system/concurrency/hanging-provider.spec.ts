import { Api, type Json, Simulator, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { type PostgresTap, tapPostgres } from '../../support/wiretap';

/** Fewer than would open the breaker, and than the worker has hands for placed orders. */
const HANGING = 4;
const OTHERS = 50;
const LONG = 60_000;

describe('a provider that charges and never answers', () => {
  let database: TestDatabase;
  let tap: PostgresTap;
  let api: Api;
  let simulator: Simulator;
  let worker: Worker;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase();
    tap = await tapPostgres(database.url, {});
    api = await Api.start(database);
    simulator = await Simulator.start(api);
    shop = await Shop.open(api, database);
  });
  afterAll(async () => {
    for (const each of [worker, simulator, api]) await each.stop();
    tap.close();
    await database.drop();
  });

  /** By where they come from: the worker is alone behind its tap. */
  const openInWorker = () =>
    database.query(
      `SELECT a.state, a.query, (SELECT count(*)::int FROM pg_locks l WHERE l.pid = a.pid) AS locks
       FROM pg_stat_activity a WHERE a.client_port = ANY($1) AND a.xact_start IS NOT NULL`,
      [tap.ports()],
    );
  const statusesOf = async (orders: Json[]) => {
    const rows = await database.query<{ status: string; n: number }>(
      'SELECT status, count(*)::int AS n FROM ordering.orders WHERE id = ANY($1) GROUP BY status',
      [orders.map(({ id }) => id as string)],
    );
    return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
  };
  const order = async (product: Json, buyers: number) => {
    const answers = await Promise.all(
      (await shop.customers(buyers)).map((buyer) => buyer.post('/v1/orders', items([product, 1]))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    return answers.map(({ body }) => body);
  };

  it(`keeps ${OTHERS} others who buy the same product from nothing: all are answered 201, and paid before it lets go`, async () => {
    const environment = { ...simulator.environment, PAYMENT_CALL_TIMEOUT: '30s', OUTBOX_LEASE: '1h' };
    // However slow the machine is: what hangs is not tried again before the others are done.
    worker = await Worker.start({ ...database, url: tap.url }, { ...environment, OUTBOX_RETRY_DELAYS: '1h' });
    const product = await shop.product({ stock: HANGING + OTHERS });
    await simulator.next('hang', HANGING);
    const hanging = await order(product, HANGING);
    await eventually(async () => expect(await simulator.ledger()).toHaveLength(HANGING), LONG);
    // Statements come and go; a transaction or a lock that waited for the provider would be there in every moment.
    await eventually(async () => expect(await openInWorker()).toEqual([]), LONG);
    expect(await statusesOf(hanging)).toEqual({ reserved: HANGING });

    const others = await order(product, OTHERS);
    await eventually(async () => expect(await statusesOf(others)).toEqual({ paid: OTHERS }), LONG);
    await eventually(async () => expect(await openInWorker()).toEqual([]), LONG);
    expect(await statusesOf(hanging)).toEqual({ reserved: HANGING });
    expect(await shop.onHand(product.id as string)).toBe(0);

    await worker.stop('SIGKILL');
    await database.query(
      `UPDATE platform.outbox SET claimed_until = NULL, next_attempt_at = now() WHERE status = 'pending'`,
    );
    worker = await Worker.start(database, environment);
    await eventually(async () => expect(await statusesOf(hanging)).toEqual({ paid: HANGING }), LONG);
    const ledger = await simulator.ledger();
    expect(ledger.map(({ status }) => status)).toEqual(ledger.map(() => 'captured'));
    expect(ledger).toHaveLength(HANGING + OTHERS);
    await expectInvariants(database);
  }, 300_000);
});
