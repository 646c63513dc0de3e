import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@holdfast/shared-kernel';
import { freePort } from '@holdfast/testbed';
import { type Answer, Api, type Caller, type Json, Simulator, Worker } from '../../support/api';
import { CrashPoints, type Moment } from '../../support/crash-points';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { type Tap, tapHttp, tapPostgres } from '../../support/wiretap';

/** Orders that are stopped in one process before it is killed; each may hold a connection to the database. */
const AT_ONCE = 55;

const LONG = 60_000;

/** The end of an order, with the entries of the provider's own ledger: one for each charge. */
interface Ending {
  status: 'paid' | 'canceled' | 'fulfilled';
  parcels: number;
  onHand: number;
  captured: string[];
  sentBack: string[];
}

const IN_STOCK = 10;
const paid = (total: string): Ending => ({
  ...{ status: 'paid', parcels: 0, onHand: IN_STOCK - 1 },
  ...{ captured: [total], sentBack: [] },
});
const notCharged: Ending = { status: 'canceled', parcels: 0, onHand: IN_STOCK, captured: [], sentBack: [] };
const refunded = (total: string): Ending => ({ ...notCharged, captured: [total], sentBack: [total] });
const shipped = (total: string): Ending => ({ ...paid(total), status: 'fulfilled', parcels: 1 });
const returned = (total: string): Ending => ({ ...shipped(total), onHand: IN_STOCK, sentBack: [total] });

/** Blocks everything while it is closed. */
class Barrier {
  private opened: Promise<void> = Promise.resolve();
  private release: () => void = () => undefined;

  close(): void {
    this.opened = new Promise((resolve) => (this.release = resolve));
  }

  open(): void {
    this.release();
  }

  pass(): Promise<void> {
    return this.opened;
  }
}

/**
 * Each step of the saga is a transaction, a note of the relay, or a call of the provider. One order goes through it to
 * learn the steps; then one order for each of them, and for each side of it, is stopped just there; then the process is
 * killed with all of them in it. Another is started: every order must come to the same end as if nothing had happened.
 */
describe('kill -9 at every step of an order’s life', () => {
  let database: TestDatabase;
  let taps: (Tap & { [Key in 'as']?: string })[];
  let api: Api;
  let worker: Worker;
  let simulator: Simulator;
  let shop: Shop;
  let startWorker: (environment?: NodeJS.ProcessEnv) => Promise<Worker>;
  let startApi: (environment?: NodeJS.ProcessEnv) => Promise<Api>;
  let atWorker: CrashPoints;
  let atApi: CrashPoints;
  /** The provider's webhooks on their way to the API. */
  const news = new Barrier();
  /** The API after it has committed a webhook: the rest is left to the worker. */
  const believed = new Barrier();

  beforeAll(async () => {
    database = await createTestDatabase();
    [atWorker, atApi] = [new CrashPoints(database), new CrashPoints(database)];
    const workersDatabase = await tapPostgres(database.url, atWorker.postgres);
    const apisDatabase = await tapPostgres(database.url, {
      ...atApi.postgres,
      after: async (statement, done) => {
        await atApi.postgres.after?.(statement, done);
        const isWebhook = statement.transaction.some(({ text }) => /INTO payments.webhook_events/.test(text));
        if (done === 'COMMIT' && isWebhook) await believed.pass();
      },
    });
    const provider = await tapHttp(() => simulator.url, atWorker.http);
    const webhooks = await tapHttp(() => api.url, {
      before: async (what) => {
        await news.pass();
        await known(what);
      },
    });
    taps = [workersDatabase, apisDatabase, provider, webhooks];
    // A claim lapses when the test expires it, and nothing is found by a search: the relay alone must bring it home.
    // Each step is a transaction of its own: a process stopped in one keeps no other order from its step.
    const alone = { DATABASE_POOL_SIZE: '60', GROUP_COMMIT_LIMIT: '1' };
    const roomy = { ...alone, OUTBOX_CONCURRENCY: '60', OUTBOX_POLL_INTERVAL: '50ms' };
    const lasting = { OUTBOX_LEASE: '1h', PAYMENT_RECONCILE_AFTER: '1h', PAYMENT_CALL_TIMEOUT: '30s' };
    startApi = (environment = {}) => Api.start({ ...database, url: apisDatabase.url }, { ...alone, ...environment });
    startWorker = (environment = {}) =>
      Worker.start(
        { ...database, url: workersDatabase.url },
        { ...roomy, ...lasting, PAYMENT_PROVIDERS: 'simulator', PAYMENT_SIMULATOR_URL: provider.url, ...environment },
      );
    api = await startApi({ PORT: String(await freePort()) });
    simulator = await Simulator.start(api, {
      SIMULATOR_WEBHOOK_URL: `${webhooks.url}/v1/webhooks/payments/simulator`,
      SIMULATOR_LATE_MS: '3600000',
    });
    worker = await startWorker();
    shop = await Shop.open(api, database);
  });
  afterEach(async () => {
    resume();
    await eventually(() => expectInvariants(database, { moment: 'drained' }), LONG);
  });
  afterAll(async () => {
    for (const each of [worker, api, simulator]) await each.stop();
    for (const tap of taps) tap.close();
    await database.drop();
  });

  /** Holds a webhook back until the order it is about has a payment at the provider. */
  const known = async (what: string) => {
    const [, orderId] = /"orderId":"([^"]+)"/.exec(what) ?? [];
    for (; ; await sleep(20)) {
      const [order] = await database.query('SELECT status FROM ordering.orders WHERE id = $1', [orderId]);
      if (order?.['status'] !== 'reserved') return;
    }
  };
  const pause = () => worker.child.kill('SIGSTOP');
  const resume = () => worker.child.kill('SIGCONT');

  const quiet = () =>
    eventually(async () => {
      const undone = await database.query(
        `SELECT type, status, attempts, last_error FROM platform.outbox WHERE status IN ('pending', 'dead')`,
      );
      expect(undone).toEqual([]);
    }, LONG);

  /** Each by a customer of its own, for two orders of one customer wait for each other. */
  const anOrder = async (price: string, key = newId(), product?: Json, buyer?: Caller) => {
    product ??= await shop.product({ stock: IN_STOCK, price });
    const customer = buyer ?? (await shop.customer());
    const { status, body, headers } = await customer.post('/v1/orders', items([product, 1]), {
      'idempotency-key': key,
    });
    expect(status).toBe(201);
    const id = body.id as string;
    const now = async (): Promise<Json> => (await customer.get(`/v1/orders/${id}`)).body;
    const charges = async () => (await simulator.ledger()).filter(({ orderId }) => orderId === id);
    return {
      ...{ id, customer, now, charges, headers },
      becomes: (status: string) => eventually(async () => expect((await now()).status).toBe(status), LONG),
      ends: async (moment: Moment | undefined, ending: Ending) =>
        eventually(async () => {
          const captured = (await charges()).filter((charge) => charge.captured);
          const { status, shipments } = await now();
          const end: Ending = {
            status: status as Ending['status'],
            parcels: (shipments as unknown[]).length,
            onHand: await shop.onHand(product.id as string),
            captured: captured.map((charge) => charge.captured!.amount),
            sentBack: captured.flatMap(({ refunds }) => refunds.map(({ amount }) => amount.amount)),
          };
          expect({ moment, ...end }).toEqual({ moment, ...ending });
        }, LONG),
    };
  };
  type Order = Awaited<ReturnType<typeof anOrder>>;

  const cancel = ({ id, customer }: Order, key = newId()) =>
    customer.post(`/v1/orders/${id}/cancel`, undefined, { 'idempotency-key': key });
  const refund = ({ id }: Order, key = newId()) =>
    shop.admin.post(`/v1/orders/${id}/refunds`, { reason: 'broken' }, { 'idempotency-key': key });

  const ship = ({ id }: Order, key = newId()) =>
    shop.admin.post(`/v1/fulfilments/${id}/shipments`, { carrier: 'Post' }, { 'idempotency-key': key });

  const inGroups = (moments: Moment[]) =>
    Array.from({ length: Math.ceil(moments.length / AT_ONCE) }, (_, i) =>
      moments.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
    );
  const allStopped = (points: CrashPoints) =>
    eventually(() => Promise.resolve(expect(points.missing).toEqual([])), LONG);

  describe('of the worker, before and after each COMMIT, after each note of its own, before and after each call', () => {
    interface Story {
      price: string;
      /** The state of the order and its charge when the case begins; without it, the case begins with the placing. */
      from?: [order: string, charge: string];
      happen?: (order: Order) => Promise<Answer<Json>>;
      ending: Ending;
      /** Moments that must occur: a tap that sees nothing would pass every case. */
      among: string[];
    }
    const stories: [string, Story][] = [
      [
        'an order that is paid',
        {
          ...{ price: '20.00', ending: paid('20.00') },
          among: [
            'before COMMIT of payments.payments payments.attempts',
            'before POST /v1/payments',
            'after POST /v1/payments',
            'after COMMIT of PaymentsEventHandlers.collect',
            'after COMMIT of OrderingEventHandlers.markPaid',
            'after COMMIT of FulfilmentEventHandlers.open',
          ],
        },
      ],
      [
        'an order whose card is declined',
        { price: '6666.01', ending: notCharged, among: ['before COMMIT of OrderingEventHandlers.cancel'] },
      ],
      [
        'an order that its customer cancels while the payment is pending',
        {
          ...{ price: '6666.05', from: ['payment_pending', 'pending'], happen: cancel, ending: notCharged },
          among: ['after POST /v1/payments/:key/void', 'after COMMIT of PaymentsEventHandlers.cancel'],
        },
      ],
      [
        'an order that is canceled after its charge, before the webhook',
        {
          ...{ price: '6666.10', from: ['payment_pending', 'captured'], happen: cancel, ending: refunded('6666.10') },
          among: ['after POST /v1/payments/:key/void', 'after POST /v1/payments/:key/refunds'],
        },
      ],
      [
        'an order that is refunded',
        {
          ...{ price: '20.00', from: ['paid', 'captured'], happen: refund, ending: refunded('20.00') },
          among: ['after POST /v1/payments/:key/refunds', 'before COMMIT of OrderingEventHandlers.settleRefund'],
        },
      ],
    ];

    /** One order for each moment. */
    const begin = async ({ price, from, happen }: Story, moments: (Moment | undefined)[]) => {
      if (!from) pause();
      const orders = await Promise.all(moments.map(() => anOrder(price)));
      if (from) {
        for (const order of orders)
          await eventually(async () =>
            expect([(await order.now()).status, (await order.charges())[0]?.status]).toEqual(from),
          );
        await quiet();
        pause();
      }
      believed.close();
      orders.forEach(({ id }, i) => (moments[i] ? atWorker.stop(id, moments[i]) : atWorker.watch(id)));
      if (happen) for (const order of orders) expect((await happen(order)).status).toBeLessThan(300);
      resume();
      return orders;
    };

    it.each(stories)(
      '%s',
      async (_name, story) => {
        const [whole] = await begin(story, [undefined]);
        await whole.ends(undefined, story.ending);
        await quiet();
        const moments = atWorker.momentsOf(whole.id);
        for (const step of story.among) expect(moments.join('\n')).toContain(step);
        const at = (when: string) => moments.filter((moment) => moment.startsWith(`${when} COMMIT`)).length;
        expect(at('before')).toBe(at('after'));
        believed.open();

        for (const group of inGroups(moments)) {
          const orders = await begin(story, group);
          await allStopped(atWorker);
          expect(await worker.stop('SIGKILL')).toBe('SIGKILL');
          atWorker.open();
          await database.query(`UPDATE platform.outbox SET claimed_until = NULL WHERE status = 'pending'`);
          worker = await startWorker();
          believed.open();
          for (const [i, order] of orders.entries()) await order.ends(group[i], story.ending);
          await quiet();
        }
      },
      300_000,
    );
  });

  it('of the worker, in shared transactions: every order of the batch is paid', async () => {
    const shared = { GROUP_COMMIT_LIMIT: '100' };
    const crowd = async (moment?: Moment) => {
      pause();
      const orders = await Promise.all(Array.from({ length: 8 }, () => anOrder('20.00')));
      if (moment) atWorker.stop(orders[0].id, moment);
      else atWorker.watch(orders[0].id);
      resume();
      return orders;
    };
    const allPaid = async (orders: Order[], moment?: Moment) => {
      for (const order of orders) await order.ends(moment, paid('20.00'));
      await quiet();
    };
    await worker.stop();
    worker = await startWorker(shared);
    const whole = await crowd();
    await allPaid(whole);
    const moments = atWorker.momentsOf(whole[0].id).filter((moment) => !moment.includes('#'));
    expect(moments.join('\n')).toContain('before COMMIT of payments.payments payments.attempts');
    for (const moment of moments.filter((_, i) => i % 4 === 0)) {
      const orders = await crowd(moment);
      await allStopped(atWorker);
      expect(await worker.stop('SIGKILL')).toBe('SIGKILL');
      atWorker.open();
      await database.query(`UPDATE platform.outbox SET claimed_until = NULL WHERE status = 'pending'`);
      worker = await startWorker(shared);
      await allPaid(orders, moment);
    }
    await worker.stop();
    worker = await startWorker();
  }, 300_000);

  it('in the last attempt at a payment that no provider accepts: the order ends all the same', async () => {
    pause();
    const order = await anOrder('20.00');
    await database.query(`UPDATE platform.outbox SET attempts = 5 WHERE aggregate_id = $1`, [order.id]);
    atWorker.stop(order.id, 'before COMMIT of payments.payments payments.attempts');
    resume();
    await allStopped(atWorker);
    expect(await worker.stop('SIGKILL')).toBe('SIGKILL');
    atWorker.open();
    await database.query(`UPDATE platform.outbox SET claimed_until = NULL WHERE status = 'pending'`);
    worker = await startWorker({
      PAYMENT_SIMULATOR_URL: `http://127.0.0.1:${await freePort()}`,
      ...{ PAYMENT_START_TIMEOUT: '1s', PAYMENT_RECONCILE_AFTER: '1s' },
    });
    await order.ends(undefined, notCharged);
    await quiet();
    await worker.stop();
    worker = await startWorker();
  }, 120_000);

  describe('of the API, before and after each COMMIT', () => {
    const kill = async () => {
      await allStopped(atApi);
      expect(await api.stop('SIGKILL')).toBe('SIGKILL');
      atApi.open();
      api = await startApi({ PORT: new URL(api.url).port });
    };
    const CROWD = 5;

    interface Request {
      key: string;
      /** The name that its moments contain. */
      id: string;
      send: () => Promise<Answer<Json>>;
      /** The order, when the request has been served. */
      order: () => Promise<Order>;
    }
    const toPlace = async (): Promise<Request> => {
      const [key, product] = [newId(), await shop.product({ stock: IN_STOCK, price: '20.00' })];
      const buyer = await shop.customer();
      const send = () => buyer.post('/v1/orders', items([product, 1]), { 'idempotency-key': key });
      return { key, id: key, send, order: () => anOrder('20.00', key, product, buyer) };
    };
    const to = (happen: typeof cancel, price: string, from: string) => async (): Promise<Request> => {
      const [key, order] = [newId(), await anOrder(price)];
      await order.becomes(from);
      return { key, id: order.id, send: () => happen(order, key), order: () => Promise.resolve(order) };
    };

    /** The one unit of the order has left and is on its way back. */
    const toReceive = async (): Promise<Request> => {
      const [key, order] = [newId(), await anOrder('20.00')];
      await order.becomes('paid');
      const { body: parcel } = await ship(order);
      const units = (parcel.items as Json[]).map(({ productId }: Json) => ({ productId: productId as string }));
      const asked = { items: units.map((item) => ({ ...item, quantity: 1 })), reason: 'too small' };
      const { body: goods } = await order.customer.post(`/v1/orders/${order.id}/returns`, asked);
      const arrived = { items: units.map((item) => ({ ...item, restock: 1 })) };
      const send = () => shop.admin.post(`/v1/returns/${goods.id}/receive`, arrived, { 'idempotency-key': key });
      return { key, id: order.id, send, order: () => Promise.resolve(order) };
    };

    it.each<[string, () => Promise<Request>, Ending]>([
      ['places orders', toPlace, paid('20.00')],
      ['cancels orders', to(cancel, '6666.05', 'payment_pending'), notCharged],
      ['refunds orders', to(refund, '20.00', 'paid'), refunded('20.00')],
      ['ships orders', to(ship, '20.00', 'paid'), shipped('20.00')],
      ['receives returns', toReceive, returned('20.00')],
    ])(
      'while it %s: each client repeats its request with its key',
      async (_name, prepare, ending) => {
        const whole = await prepare();
        await quiet();
        atApi.watch(whole.id);
        expect((await whole.send()).status).toBeLessThan(300);
        const moments = atApi.momentsOf(whole.id);
        expect(moments.map((moment) => moment.split(' ', 2).join(' '))).toEqual(['before COMMIT', 'after COMMIT']);

        // Parallel requests may share a transaction, so one moment at a time, with other requests around.
        for (const moment of moments) {
          const requests = await Promise.all(Array.from({ length: CROWD }, prepare));
          await quiet();
          const last = requests[CROWD - 1];
          atApi.stop(last.id, moment);
          const first = Promise.allSettled(requests.map(({ send }) => send()));
          await kill();
          const answers = (await first).map((each) => (each.status === 'fulfilled' ? each.value : undefined));
          expect(answers[CROWD - 1]).toBeUndefined();
          const rows = await database.query<{ key: string }>(
            'SELECT key FROM platform.idempotency_keys WHERE key = ANY($1)',
            [requests.map(({ key }) => key)],
          );
          const done = new Set(rows.map(({ key }) => key));
          expect([moment, done.has(last.key)]).toEqual([moment, moment === moments[1]]);

          for (const [i, { key, send, order }] of requests.entries()) {
            const { status, headers, body } = await send();
            expect([moment, status < 300]).toEqual([moment, true]);
            expect(headers.get('idempotent-replayed')).toBe(done.has(key) ? 'true' : null);
            if (answers[i]) expect(body).toEqual(answers[i].body);
            await (await order()).ends(moment, ending);
          }
          await quiet();
        }
      },
      300_000,
    );

    it.each<[string, string, Ending]>([
      ['while it handles the webhook of a payment', '20.00', paid('20.00')],
      ['while it handles the webhook of a decline', '6666.01', notCharged],
    ])(
      '%s: the provider repeats it',
      async (_name, price, ending) => {
        /** Pending orders whose webhooks are on their way. */
        const ready = async (count: number) => {
          news.close();
          const orders = await Promise.all(Array.from({ length: count }, () => anOrder(price)));
          for (const order of orders) await order.becomes('payment_pending');
          await quiet();
          pause(); // or it might be first to deliver what the API delivers at once
          return orders;
        };
        const [whole] = await ready(1);
        atApi.watch(whole.id);
        news.open();
        await whole.ends(undefined, ending);
        const moments = atApi.momentsOf(whole.id);

        resume();
        await quiet();

        const orders = await ready(moments.length);
        orders.forEach(({ id }, i) => atApi.stop(id, moments[i]));
        news.open();
        await kill();
        resume();
        for (const [i, order] of orders.entries()) await order.ends(moments[i], ending);
        await quiet();
      },
      120_000,
    );
  });
});
