import { newId } from '@holdfast/shared-kernel';
import { Api, type Answer, type Json, Simulator, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { storm, tally } from '../../support/storm';

type Call = (hand: number) => Promise<Answer<Json>>;

/** Warehouses, admins and customers at two processes: what leaves, is paid back or returns is counted once. */
describe('deliveries, with two API processes on one database', () => {
  let database: TestDatabase;
  let apis: Api[];
  let simulator: Simulator;
  let worker: Worker;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase();
    apis = await Promise.all([Api.start(database), Api.start(database)]);
    simulator = await Simulator.start(apis[0], { SIMULATOR_DELAY_MS: '0' });
    worker = await Worker.start(database, simulator.environment);
    shop = await Shop.open(apis[0], database);
  });
  afterEach(async () => {
    await eventually(() => expectInvariants(database, { moment: 'drained' }));
    const errors = [...apis, worker].flatMap(({ lines }) => lines.filter(({ level }) => level === 'error'));
    expect(errors).toEqual([]);
  });
  afterAll(async () => {
    for (const each of [worker, ...apis, simulator]) await each.stop();
    await database.drop();
  });

  /** A customer's order of one product, and the calls that are made of it, at either process. */
  const place = async (quantity: number) => {
    const [product, buyer] = [await shop.product({ stock: 10 }), await shop.customer()];
    const { body: order } = await buyer.post('/v1/orders', items([product, quantity]));
    const id = order.id as string;
    const units = (count: number) => ({ items: [{ productId: product.id as string, quantity: count }] });
    const admin = (hand: number) => apis[hand].as(shop.admin.token);
    const now = async () => (await shop.admin.get(`/v1/orders/${id}`)).body;
    const becomes = (status: string) => eventually(async () => expect((await now()).status).toBe(status));
    return {
      ...{ id, now, becomes },
      cancel: (hand: number) => apis[hand].as(buyer.token).post(`/v1/orders/${id}/cancel`),
      ship:
        (count: number, key = newId()) =>
        (hand: number) =>
          admin(hand).post(`/v1/fulfilments/${id}/shipments`, units(count), { 'idempotency-key': key }),
      refund: (count: number) => (hand: number) =>
        admin(hand).post(`/v1/orders/${id}/refunds`, { ...units(count), reason: 'broken' }),
      ask: (hand: number) =>
        apis[hand].as(buyer.token).post(`/v1/orders/${id}/returns`, { ...units(1), reason: 'too small' }),
      receive: (returnId: string) => (hand: number) =>
        admin(hand).post(`/v1/returns/${returnId}/receive`, { items: [{ productId: product.id, restock: 1 }] }),
      reject: (returnId: string) => (hand: number) =>
        admin(hand).post(`/v1/returns/${returnId}/reject`, { reason: 'worn' }),
      onHand: () => shop.onHand(product.id as string),
      line: async () => ((await now()).items as Json[])[0] as Record<'shipped' | 'refunded' | 'returned', number>,
    };
  };
  const paid = async (quantity: number) => {
    const order = await place(quantity);
    await order.becomes('paid');
    return order;
  };
  const delivered = async (quantity: number) => {
    const order = await paid(quantity);
    expect((await order.ship(quantity)(0)).status).toBe(201);
    return order;
  };
  /** All at one gate, every other one at the other process. */
  const race = (calls: Call[]) => storm(calls.map((call, i) => () => call(i % 2)));
  const times = (count: number, call: Call): Call[] => Array.from({ length: count }, () => call);
  const codes = (answers: Answer<Json>[]) => [...new Set(answers.flatMap(({ body }) => body.code ?? []))];

  it('ships 3 units when 20 shipments of 3 ordered units meet', async () => {
    const order = await paid(3);
    const answers = await race(Array.from({ length: 20 }, () => order.ship(1)));
    expect([tally(answers), codes(answers)]).toEqual([{ 201: 3, 409: 17 }, ['shipment-exceeds-order']]);
    expect([await order.line(), (await order.now()).status]).toMatchObject([{ shipped: 3 }, 'fulfilled']);
  });

  it('ships once under one key, however often it is sent', async () => {
    const order = await paid(3);
    const answers = await race(times(20, order.ship(1, newId())));
    expect([tally(answers), new Set(answers.map(({ body }) => body.id)).size]).toEqual([{ 201: 20 }, 1]);
    expect(await order.line()).toMatchObject({ shipped: 1 });
  });

  it('shares the units between shipments and refunds: none is shipped after it was paid back', async () => {
    const order = await paid(5);
    // Two of a kind in turn, so that each kind is sent to both processes.
    const isShipment = (i: number) => i % 4 < 2;
    const answers = await race(Array.from({ length: 12 }, (_, i) => (isShipment(i) ? order.ship(1) : order.refund(1))));
    const done = answers.flatMap(({ status }, i) => (status === 201 ? [isShipment(i)] : []));
    const shipments = done.filter(Boolean).length;
    const refunds = done.length - shipments;
    const line = await order.line();
    expect([line.shipped, line.refunded]).toEqual([shipments, refunds]);
    // Refunds take units that have not left first; those that come last may pay for units that have.
    expect(shipments).toBeLessThanOrEqual(5);
    expect(await order.onHand()).toBe(10 - shipments);
    expect((await order.now()).status).toBe(shipments > 0 ? 'fulfilled' : 'canceled');
  });

  it('ships or cancels an order that is being paid, never both', async () => {
    const orders = await Promise.all(Array.from({ length: 10 }, () => place(1)));
    const endings = await Promise.all(
      orders.map(async (order, i) => {
        // Some are met before the payment, some during it and some after it.
        if (i % 3 === 2) await order.becomes('paid');
        const calls = [order.cancel, order.ship(1), order.cancel, order.ship(1)];
        const answers = await race(i % 2 ? calls : calls.reverse());
        const done = answers.filter(({ status }) => status < 300).map(({ status }) => status);
        return { done, order };
      }),
    );
    for (const { done, order } of endings) {
      expect(done.length).toBeLessThanOrEqual(1);
      await eventually(async () => expect(['paid', 'fulfilled', 'canceled']).toContain((await order.now()).status));
      const expected = { 200: 'canceled', 201: 'fulfilled' }[done[0] ?? 0] ?? 'paid';
      const { status } = await order.now();
      expect([status, (await order.line()).shipped, await order.onHand()]).toEqual([
        expected,
        expected === 'fulfilled' ? 1 : 0,
        expected === 'canceled' ? 10 : 9,
      ]);
    }
    expect(endings.some(({ done }) => done[0] === 200) && endings.some(({ done }) => done[0] === 201)).toBe(true);
  });

  it('takes three requests to return three units, of ten that meet', async () => {
    const order = await delivered(3);
    const answers = await race(times(10, order.ask));
    expect([tally(answers), codes(answers)]).toEqual([{ 201: 3, 409: 7 }, ['return-exceeds-shipment']]);
  });

  it('receives a return once, and never receives what was rejected', async () => {
    const order = await delivered(2);
    const [first, second] = (await race([order.ask, order.ask])).map(({ body }) => body.id as string);
    expect(tally(await race(times(10, order.receive(first))))).toEqual({ 200: 1, 409: 9 });
    expect([await order.line(), await order.onHand()]).toMatchObject([{ returned: 1, refunded: 1 }, 9]);

    const answers = await race([...times(5, order.receive(second)), ...times(5, order.reject(second))]);
    expect(tally(answers)).toEqual({ 200: 1, 409: 9 });
    const units = answers.findIndex(({ status }) => status === 200) < 5 ? 2 : 1;
    expect([await order.line(), await order.onHand()]).toMatchObject([{ returned: units, refunded: units }, 8 + units]);
  });
});
