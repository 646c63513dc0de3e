import { CatalogModule, CatalogueService } from '@holdfast/catalog';
import { FulfilmentModule, FulfilmentQueries, GoodsReturns, type ShipItems, Shipping } from '@holdfast/fulfilment';
import { OrderCancellation, OrderingModule, OrderPayment, OrderPlacement, OrderQueries } from '@holdfast/ordering';
import { loadSettings, PlatformModule } from '@holdfast/platform';
import { Clock, newId } from '@holdfast/shared-kernel';
import { Test, type TestingModule } from '@nestjs/testing';
import { databaseOptions } from '../../../ormconfig';
import { makeCustomers } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { shuffled } from '../../support/interleavings';
import { expectInvariants } from '../../support/invariants';

const STEPS = ['pay', 'shipPart', 'refundPart', 'shipRest', 'return', 'receive', 'reject', 'cancel'] as const;
type Step = (typeof STEPS)[number];
/** Of 81,729,648,000; the-ways-of-a-parcel.spec.ts lives them in memory, as far as their states differ. */
const SAMPLE = 40;

/** Refusals that a step may get from the state that the steps before it have left. */
const REFUSALS = [
  ...['order-not-fulfillable', 'shipment-exceeds-order', 'order-not-refundable', 'refund-exceeds-order'],
  ...[
    'order-not-cancellable',
    'return-exceeds-shipment',
    'return-not-open',
    'return-not-found',
    'fulfilment-not-found',
  ],
];

/** Two modules, each with connections of its own, as two processes have them. */
describe('fulfilment on a real database', () => {
  let database: TestDatabase;
  let modules: TestingModule[];
  let admin: { id: string; role: 'admin' };
  let now = new Date();

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    const open = () =>
      Test.createTestingModule({
        imports: [
          PlatformModule.forRoot(settings, databaseOptions(settings)),
          ...[CatalogModule, OrderingModule, FulfilmentModule],
        ],
      })
        .overrideProvider(Clock)
        .useValue({ now: () => now })
        .compile();
    modules = [await open(), await open()];
    admin = { id: (await makeCustomers(database, 1, 'admin'))[0].id, role: 'admin' };
  });
  beforeEach(() => void (now = new Date()));
  afterEach(() => expectUnharmed());
  afterAll(async () => {
    for (const module of modules) await module.close();
    await database.drop();
  });

  /** No payment is in these tables, so what it says of money is not checked. */
  async function expectUnharmed(): Promise<void> {
    await database.query(`
      INSERT INTO payments.payments (id, order_id, status, amount, currency, version, opened_at, updated_at)
        SELECT id, id, 'captured', total, currency, 1, placed_at, now() FROM ordering.orders
        WHERE payment_status = 'captured' ON CONFLICT DO NOTHING;
      INSERT INTO payments.attempts (id, payment_id, provider, status, captured, refunded, currency, started_at)
        SELECT id, id, 'acme', 'captured', total, refunded, currency, placed_at FROM ordering.orders
        WHERE payment_status = 'captured' ON CONFLICT (id) DO UPDATE SET refunded = excluded.refunded;
      DELETE FROM payments.refunds;
      INSERT INTO payments.refunds (id, payment_id, attempt_id, amount, currency, status, requested_at)
        SELECT gen_random_uuid(), id, id, refunded, currency, 'requested', now() FROM ordering.orders WHERE refunded > 0;`);
    await database.query(`UPDATE ordering.order_transitions SET at = at - interval '2 days' WHERE to_status = 'paid'`);
    await database.query(`UPDATE ordering.order_transitions SET at = at - interval '3 days'
                          WHERE to_status IN ('reserved', 'payment_pending')`);
    await expectInvariants(database, { moment: 'always' });
  }

  const of = <T>(type: new (...args: never[]) => T, module = 0): T => modules[module].get<T>(type);
  /** The code of a refusal; undefined for a success. */
  const codeOf = (call: Promise<unknown>): Promise<string | undefined> =>
    call.then(
      () => undefined,
      (error: { code?: string }) => error.code ?? Promise.reject(error as Error),
    );

  const aProduct = async (amount = '10.00') => {
    const details = { sku: newId(), name: 'Thing', price: { amount, currency: 'GBP' }, stock: 10 };
    return (await of(CatalogueService).create(details, admin.id)).id;
  };
  const anOrder = async (quantity = 3, ...more: [productId: string, quantity: number][]) => {
    const productId = await aProduct();
    const items = [{ productId, quantity }, ...more.map(([id, units]) => ({ productId: id, quantity: units }))];
    const { id } = await of(OrderPlacement).place({ items }, admin.id, 'admin');
    return {
      ...{ id, productId },
      pay: () => of(OrderPayment).captured({ orderId: id, provider: 'acme' } as never),
      view: () => of(OrderQueries).one(id, admin),
      fulfilment: () => of(FulfilmentQueries).one(id, admin),
      units: (units: number) => [{ productId, quantity: units }],
      ship: (units?: number, module = 0, more: ShipItems = {}) =>
        of(Shipping, module).ship(id, { ...more, ...(units && { items: [{ productId, quantity: units }] }) }),
      refund: (units: number, module = 0) =>
        of(Shipping, module).refund(id, { items: [{ productId, quantity: units }], reason: 'broken' }, admin.id),
      ask: (units: number, module = 0) =>
        of(GoodsReturns, module).request(id, { items: [{ productId, quantity: units }], reason: 'too small' }, admin),
      receive: (returnId: string, restock: number, writeOff = 0, module = 0) =>
        of(GoodsReturns, module).receive(returnId, { items: [{ productId, restock, writeOff }] }, admin.id),
      onHand: async () => {
        const sql = 'SELECT on_hand::int AS units FROM catalog.products WHERE id = $1';
        return (await database.query<{ units: number }>(sql, [productId]))[0].units;
      },
    };
  };
  const aPaidOrder = async (...given: Parameters<typeof anOrder>) => {
    const order = await anOrder(...given);
    await order.pay();
    return order;
  };

  it('opens one fulfilment, whatever comes first, and shows what is left', async () => {
    const order = await aPaidOrder();
    expect(await codeOf(order.fulfilment())).toBe('fulfilment-not-found');
    await Promise.all([0, 1].map((module) => of(Shipping, module).open(order.id)));
    const items = [{ productId: order.productId, name: 'Thing', quantity: 3, shipped: 0, left: 3 }];
    expect(await order.fulfilment()).toMatchObject({ id: order.id, orderId: order.id, status: 'open', items });
    const early = await aPaidOrder();
    await early.ship(1);
    await of(Shipping).open(early.id);
    expect(await early.fulfilment()).toMatchObject({ status: 'partial', items: [{ shipped: 1, left: 2 }] });
    const refunded = await aPaidOrder();
    await refunded.refund(3);
    await of(Shipping).open(refunded.id);
    expect(await refunded.fulfilment()).toMatchObject({ status: 'done', items: [{ shipped: 0, left: 0 }] });
    expect([(await refunded.view()).status, await refunded.onHand()]).toEqual(['canceled', 10]);
    const unpaid = await anOrder();
    expect(await codeOf(unpaid.ship())).toBe('fulfilment-not-found');
    expect(await codeOf(unpaid.refund(1))).toBe('order-not-refundable');
    const open = await of(FulfilmentQueries).list({ orderId: early.id, status: 'partial', limit: 5 }, admin);
    expect(open.items.map(({ id }) => id)).toEqual([early.id]);
  });

  it('reads an order back as it was written, whatever was shipped, refunded and returned', async () => {
    const order = await aPaidOrder(3, [await aProduct('0.50'), 2]);
    const tracking = { carrier: 'Post', trackingNumber: 'X1', trackingUrl: 'https://track.example/X1' };
    const shipment = await order.ship(1, 0, tracking);
    expect(shipment).toMatchObject({ orderId: order.id, items: order.units(1), ...tracking });
    const refunded = await of(Shipping).refund(order.id, { items: order.units(1), reason: 'why' }, admin.id);
    expect(await order.view()).toEqual(refunded);
    const fulfilled = await of(Shipping).fulfil(order.id, {});
    expect(fulfilled).toMatchObject({
      status: 'fulfilled',
      shipments: [{}, {}],
      items: [{ shipped: 2 }, { shipped: 2 }],
    });
    expect(await of(Shipping).fulfil(order.id, {})).toEqual(fulfilled);
    const asked = await order.ask(2);
    const rejected = await of(GoodsReturns).reject(asked.id, 'worn');
    expect(rejected).toMatchObject({ status: 'rejected', rejectReason: 'worn' });
    const again = await order.ask(2);
    const received = await order.receive(again.id, 1, 1);
    expect(await order.view()).toMatchObject({
      ...{ version: fulfilled.version + 5, refunded: { amount: '30.00' } },
      returns: [
        { status: 'rejected', rejectReason: 'worn' },
        { id: again.id, status: 'received' },
      ],
      items: [{ shipped: 2, refunded: 3, returned: 2 }, {}],
    });
    expect((await of(FulfilmentQueries).returns({ limit: 100 }, admin)).items).toEqual([rejected, received]);
    expect(await order.onHand()).toBe(10 - 3 + 1 + 1);
    const ledger = await database.query(
      'SELECT kind, delta::int FROM catalog.stock_movements WHERE order_id = $1 AND product_id = $2 ORDER BY seq',
      [order.id, order.productId],
    );
    expect(ledger.map(({ kind, delta }) => `${kind} ${delta}`)).toEqual([
      ...['order-placed -3', 'order-refunded 1'],
      ...['return-received 1', 'return-received 1', 'return-written-off -1'],
    ]);
  });

  it('refuses more than was asked for, what is settled, strangers, and what comes too late', async () => {
    const order = await aPaidOrder();
    await order.ship();
    const { id } = await order.ask(2);
    expect(await codeOf(order.ask(2))).toBe('return-exceeds-shipment');
    expect(await codeOf(order.receive(id, 2, 1))).toBe('return-exceeds-request');
    await order.receive(id, 1);
    expect(await codeOf(order.receive(id, 1))).toBe('return-not-open');
    expect(await codeOf(of(GoodsReturns).reject(id, 'worn'))).toBe('return-not-open');
    expect(await codeOf(of(GoodsReturns).reject(newId(), 'worn'))).toBe('return-not-found');
    expect(await codeOf(of(Shipping).ship(newId(), {}))).toBe('fulfilment-not-found');
    const stranger = { id: newId(), role: 'customer' as const };
    const asked = { items: order.units(1), reason: 'mine' };
    expect(await codeOf(of(GoodsReturns).request(order.id, asked, stranger))).toBe('order-not-found');
    now = new Date(now.getTime() + 30 * 86_400_000 + 1_000);
    expect(await codeOf(order.ask(1))).toBe('return-window-over');
  });

  describe('with two data sources', () => {
    const race = async (calls: ((module: number) => Promise<unknown>)[]) => {
      const codes = await Promise.all(calls.map((call, i) => codeOf(call(i % 2))));
      return codes.filter((code) => code === undefined).length;
    };
    const times = (n: number, call: (module: number) => Promise<unknown>) => Array.from({ length: n }, () => call);
    const shippedOf = async (order: { view: () => Promise<{ items: { shipped: number }[] }> }) =>
      (await order.view()).items[0].shipped;

    it('20 shipments of 3 ordered units ship 3', async () => {
      const order = await aPaidOrder(3);
      expect(await race(times(20, (module) => order.ship(1, module)))).toBe(3);
      expect([await shippedOf(order), (await order.view()).status]).toEqual([3, 'fulfilled']);
      const whole = await aPaidOrder(3);
      expect(await race(times(20, (module) => whole.ship(undefined, module)))).toBe(1);
      expect((await whole.view()).shipments).toHaveLength(1);
    });

    it('shipments and refunds share the units', async () => {
      const order = await aPaidOrder(5);
      const calls = [...times(6, (module) => order.ship(1, module)), ...times(6, (module) => order.refund(1, module))];
      await race(shuffled(calls));
      const [{ shipped, refunded }] = (await order.view()).items;
      const [{ withdrawn }] = await database.query('SELECT withdrawn FROM ordering.order_lines WHERE order_id = $1', [
        order.id,
      ]);
      expect([shipped + Number(withdrawn), refunded, (await order.view()).status]).toEqual([
        5,
        5,
        shipped ? 'fulfilled' : 'canceled',
      ]);
    });

    it('a shipment or the refund of all: one of them', async () => {
      const order = await aPaidOrder(3);
      const all = (module: number) => of(Shipping, module).refund(order.id, { reason: 'all' }, admin.id);
      await race([(module) => order.ship(3, module), all, (module) => order.ship(3, module), all]);
      const { status, refunded } = await order.view();
      const shipped = await shippedOf(order);
      expect([status, await order.onHand()]).toEqual(shipped ? ['fulfilled', 7] : ['canceled', 10]);
      if (!shipped) expect(refunded.amount).toBe('30.00');
    });

    it('a shipment or the cancellation of an order that is being paid: never both', async () => {
      for (let i = 0; i < 5; i++) {
        const order = await anOrder(1);
        const cancel = (module: number) => of(OrderCancellation, module).cancel(order.id, admin);
        await race(shuffled([() => order.pay(), cancel, (module: number) => order.ship(1, module), cancel]));
        const shipped = await shippedOf(order);
        expect((await order.view()).status === 'canceled' && shipped > 0).toBe(false);
      }
    });

    it('returns share what has left, and each is received once', async () => {
      const order = await aPaidOrder(3);
      await order.ship();
      expect(await race(times(10, (module) => order.ask(1, module)))).toBe(3);
      const [first, second] = (await order.view()).returns;
      expect(await race(times(8, (module) => order.receive(first.id, 1, 0, module)))).toBe(1);
      const reject = (module: number) => of(GoodsReturns, module).reject(second.id, 'worn');
      expect(await race([...times(4, (module) => order.receive(second.id, 0, 1, module)), ...times(4, reject)])).toBe(
        1,
      );
      const { items, refunded, returns } = await order.view();
      const isReceived = returns[1].status === 'received';
      expect([items[0].returned, refunded.amount]).toEqual(isReceived ? [2, '20.00'] : [1, '10.00']);
      expect(await order.onHand()).toBe(8);
    });
  });

  it('ends sound in a sample of all orders in which it can happen, each step twice', async () => {
    const pack = [...STEPS, ...STEPS];
    const keys = shuffled(Array.from({ length: SAMPLE * pack.length }, (_, key) => key));
    const some = Array.from({ length: SAMPLE }, (_, i) =>
      pack
        .map((step, n) => ({ step, key: keys[i * pack.length + n] }))
        .sort((a, b) => a.key - b.key)
        .map(({ step }) => step),
    );
    for (const steps of some) {
      const order = await anOrder(3);
      const returnId = async () =>
        (await order.view()).returns.find(({ status }) => status === 'requested')?.id ?? newId();
      const take: Record<Step, () => Promise<unknown>> = {
        pay: () => order.pay(),
        shipPart: () => order.ship(1),
        refundPart: () => order.refund(1),
        shipRest: () => order.ship(),
        return: () => order.ask(1),
        receive: async () => order.receive(await returnId(), 1),
        reject: async () => of(GoodsReturns).reject(await returnId(), 'worn'),
        cancel: () => of(OrderCancellation).cancel(order.id, admin),
      };
      for (const step of steps) {
        const code = await codeOf(take[step]());
        expect([steps.join(' '), step, code === undefined || REFUSALS.includes(code)]).toEqual([
          steps.join(' '),
          step,
          true,
        ]);
      }
    }
  });
});
