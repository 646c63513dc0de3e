import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller, Json } from '../../support/api';
import { expectUnharmed } from '../../support/aftermath';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { MixedLoad } from '../../support/mixed-load';
import { items } from '../../support/shop';
import { Site } from '../../support/site';
import { verifies, WebhookSink } from '../../support/webhook-sink';

const HOUR_MS = 3_600_000;
/** What a subscriber takes for recent. */
const TOLERANCE_MS = 300_000;
const NOW_MS = 30_000;

describe.each([
  ['an hour ahead', HOUR_MS],
  ['an hour behind', -HOUR_MS],
])('a worker whose clock is %s', (_how, off) => {
  let database: TestDatabase;
  let site: Site;
  let ann: Caller & { id: string };

  beforeAll(async () => {
    database = await createTestDatabase();
    site = await Site.open(database, { SWEEP_INTERVAL: '300ms', WEBHOOK_TARGETS: 'any' });
    await site.worker.stop();
    await site.startWorker({
      NODE_OPTIONS: `--require ${join(__dirname, '../../support/clock-off.cjs')}`,
      CLOCK_OFF_MS: String(off),
    });
    ann = await site.shop.customer();
  }, 120_000);
  afterAll(async () => {
    await site.close();
    await database.drop();
  }, 120_000);

  const anOrder = async (price: string): Promise<Json> => {
    const product = await site.shop.product({ price });
    const { status, body } = await ann.post('/v1/orders', items([product, 1]));
    expect(status).toBe(201);
    return body;
  };
  const expectStatus = (order: Json, status: string) =>
    eventually(async () => expect((await ann.get(`/v1/orders/${order.id}`)).body.status).toBe(status), 20_000);
  const isNow = (at: string) => expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(NOW_MS);

  it('really has it', () => {
    const { timestamp } = site.worker.lines[0] as { timestamp: string };
    expect(Math.abs(Date.parse(timestamp) - Date.now() - off)).toBeLessThan(NOW_MS * 2);
  });

  it('sweeps the holds whose time has passed, and no other', async () => {
    const product = await site.shop.product();
    const [held, lapsed] = await site.shop.customers(2);
    for (const buyer of [held, lapsed]) await buyer.put(`/v1/cart/items/${product.id}`, { quantity: 2 });
    await database.query(
      `UPDATE catalog.holds SET expires_at = clock_timestamp() - interval '10 minutes' WHERE owner_id = $1`,
      [lapsed.id],
    );
    await eventually(async () =>
      expect(await site.shop.holds(product.id as string)).toEqual([{ owner: held.id, quantity: 2, alive: true }]),
    );
    await sleep(1_000);
    expect(await site.shop.holds(product.id as string)).toHaveLength(1);
  });

  it('cancels the order that was not paid in time, and no other', async () => {
    await site.simulator.next('late', 2);
    const [fresh, overdue] = [await anOrder('4.20'), await anOrder('4.20')];
    // The time to pay counts from when a provider has the payment.
    await eventually(async () => {
      const aged = await database.query(
        `UPDATE payments.payments SET accepted_at = accepted_at - interval '31 minutes'
         WHERE order_id = $1 AND accepted_at IS NOT NULL RETURNING 1`,
        [overdue.id],
      );
      expect(aged).toHaveLength(1);
    });
    await expectStatus(overdue, 'canceled');
    expect((await ann.get(`/v1/orders/${fresh.id}`)).body.status).not.toBe('canceled');
  });

  it('asks about a payment of which nothing is heard when it is time, and dates the history as it was', async () => {
    const order = await anOrder('6666.10');
    await expectStatus(order, 'paid');
    const { body: history } = await ann.get(`/v1/orders/${order.id}/history`);
    expect((history as Json[]).map(({ to }) => to as string)).toEqual(['reserved', 'payment_pending', 'paid']);
    for (const { at } of history as Json[]) isNow(at as string);
    const attempted = site.worker.lines.filter(({ message }) => /cannot be settled now/.test(String(message)));
    expect(attempted).toEqual([]);
  });

  it('tries an event again after the delays, not at once and not an hour later', async () => {
    await site.simulator.disable(true);
    const order = await anOrder('4.30');
    const attempts = async () => {
      const [{ n }] = await database.query<{ n: number }>(
        `SELECT attempts AS n FROM platform.outbox WHERE aggregate_id = $1 AND type = 'ordering.order-placed'`,
        [order.id],
      );
      return n;
    };
    await eventually(async () => expect(await attempts()).toBeGreaterThan(1));
    expect(await attempts()).toBeLessThan(5);
    await site.simulator.disable(false);
    await expectStatus(order, 'paid');
  });

  it('signs webhooks with a time that subscribers take for recent', async () => {
    const sink = await WebhookSink.open();
    const { body: endpoint } = await site.shop.admin.post('/v1/admin/webhook-endpoints', { url: sink.url });
    const order = await anOrder('4.40');
    await eventually(async () => expect(sink.received.length).toBeGreaterThan(2));
    for (const received of sink.received) {
      expect(verifies(endpoint.secret as string, received)).toBe(true);
      expect(Math.abs(received.timestamp * 1_000 - received.at)).toBeLessThan(TOLERANCE_MS);
    }
    await expectStatus(order, 'paid');
    await site.shop.admin.delete(`/v1/admin/webhook-endpoints/${endpoint.id}`);
    sink.close();
  });

  it('serves a mixed load as any other', async () => {
    const load = await MixedLoad.on(site);
    await sleep(2_000);
    await expectUnharmed(site, load).finally(() => load.stop());
  }, 120_000);
});
