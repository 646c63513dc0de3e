import { newId } from '@holdfast/shared-kernel';
import { Api, type Caller, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';

/** Five seconds are promised; the machine of a test does other things besides. */
const PATIENCE_MS = 20_000;

describe('the counts of an ERP', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;
  let erp: Caller;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database, { RATE_LIMIT_ORDERS_PER_MINUTE: '100000' });
    shop = await Shop.open(api, database);
    const key = await shop.admin.send<Json>('POST', '/v1/api-keys', { name: 'ERP', scopes: ['stock:write'] });
    erp = api.as(key.body.key as string);
  });
  afterEach(() => expectInvariants(database, { moment: 'always' }));
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const send = (counts: object[], more: object = {}) =>
    erp.send<Json>('POST', '/v1/inventory/feeds', {
      ...{ source: 'erp', takenAt: new Date().toISOString(), items: counts, ...more },
    });
  const many = (n: number) => Array.from({ length: n }, (_, i) => ({ sku: `NONE-${i}`, onHand: i }));

  it('become the stock, and are seen in the ledger, in the drift and among the feeds', async () => {
    const product = await shop.product({ stock: 10 });
    const { status, body } = await send([
      { sku: product.sku, onHand: 8 },
      { sku: 'nobody', onHand: 1 },
    ]);
    expect([status, body]).toEqual([
      200,
      {
        id: expect.any(String) as string,
        rows: [
          { sku: product.sku, result: 'applied', before: 10, after: 8 },
          { sku: 'nobody', result: 'unknown-sku' },
        ],
      },
    ]);
    const [entry] = (await erp.get(`/v1/products/${product.id}/stock-adjustments`)).body.items as Json[];
    expect(entry).toMatchObject({
      kind: 'inventory-count',
      delta: -2,
      balanceAfter: 8,
      feedId: body.id,
      orderId: null,
    });
    expect((await shop.admin.get('/v1/inventory/drift?source=erp')).body).toMatchObject([
      { sku: product.sku, source: 'erp', theirs: 8, ours: 10 },
    ]);
    const [feed] = (await shop.admin.get('/v1/inventory/feeds')).body.items as Json[];
    expect(feed).toMatchObject({ id: body.id, source: 'erp', items: 2, results: { applied: 1, 'unknown-sku': 1 } });
  });

  it('are taken at the time that the ledger shows, the movement at that time included', async () => {
    const product = await shop.product({ stock: 10 });
    const path = `/v1/products/${product.id}/stock-adjustments`;
    const { body: found } = await shop.admin.post(path, { delta: 5, reason: 'found' });
    const { body } = await send([{ sku: product.sku, onHand: 15 }], { takenAt: found.at as string });
    expect(body.rows).toEqual([{ sku: product.sku, result: 'unchanged', before: 15, after: 15 }]);
  });

  it.each([
    ['10,001 items', () => ({ items: many(10_001) }), 400, 'validation-failed'],
    ['no items', () => ({ items: [] }), 400, 'validation-failed'],
    ['a time without a zone', () => ({ takenAt: '2026-11-28T06:00:00' }), 400, 'validation-failed'],
    ['a count below zero', () => ({ items: [{ sku: 'A', onHand: -1 }] }), 400, 'validation-failed'],
    ['half a unit', () => ({ items: [{ sku: 'A', onHand: 0.5 }] }), 400, 'validation-failed'],
    ['a field that there is not', () => ({ note: 'hello' }), 400, 'validation-failed'],
    ['more JSON than any feed has', () => ({ items: many(20_000) }), 400, 'malformed-body'],
    ['more than 2 MB', () => ({ note: 'x'.repeat(2_097_152) }), 413, 'payload-too-large'],
    ['a time 6 minutes ahead', () => ({ takenAt: new Date(Date.now() + 360_000).toISOString() }), 422, 'count-ahead'],
  ])('are refused with %s', async (_what, more, status, code) => {
    const answer = await send([{ sku: 'A', onHand: 1 }], more());
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('may have 2 MB', async () => {
    const counts = Array.from({ length: 8_000 }, () => ({ sku: `${newId()}${'x'.repeat(195)}`, onHand: 1 }));
    const { status, body } = await send(counts);
    expect([status, (body.rows as Json[]).length]).toEqual([200, 8_000]);
  });

  it('of 10,000 products are applied in seconds, beside orders that fail in nothing', async () => {
    await database.query(
      `WITH made AS (
         INSERT INTO catalog.products (id, sku, name, description, price, currency, on_hand, active, version, created_at,
           updated_at)
         SELECT gen_random_uuid(), 'BULK-' || n, 'Bulk', '', 1, 'GBP', 100, true, 1, now(), now()
         FROM generate_series(1, 10000) AS n RETURNING id)
       INSERT INTO catalog.stock_movements (product_id, id, kind, delta, balance_after, actor_id, at)
       SELECT id, gen_random_uuid(), 'initial', 100, 100, gen_random_uuid(), now() FROM made`,
    );
    const sold = await database.query<{ id: string }>(
      `SELECT id FROM catalog.products WHERE sku LIKE 'BULK-%' ORDER BY id LIMIT 2000`,
    );
    const buyers = await shop.customers(8);
    const takenAt = new Date().toISOString();
    let feeding = true;
    const waits: number[] = [];
    const trade = buyers.map(async (buyer, n) => {
      for (let i = n; feeding; i += buyers.length) {
        const [a, b] = [sold[i % sold.length], sold[(i * 7 + 1) % sold.length]];
        const asked = performance.now();
        const order = await buyer.post('/v1/orders', items([b, 1], ...(a === b ? [] : [[a, 1] as [Json, number]])));
        expect(order.status).toBe(201);
        expect((await buyer.post(`/v1/orders/${order.body.id}/cancel`)).status).toBe(200);
        waits.push(performance.now() - asked);
      }
    });
    const began = performance.now();
    const counts = Array.from({ length: 10_000 }, (_, i) => ({ sku: `bulk-${i + 1}`, onHand: 90 }));
    const { status, body } = await send(counts, { takenAt }).finally(() => (feeding = false));
    const took = performance.now() - began;
    await Promise.all(trade);
    expect([status, (body.rows as Json[]).filter(({ result }) => result === 'applied').length]).toEqual([200, 10_000]);
    expect(took).toBeLessThan(PATIENCE_MS);
    process.stderr.write(
      `10,000 counts: ${took.toFixed(0)} ms beside ${waits.length} orders and their cancels, ` +
        `the slowest pair ${Math.max(...waits).toFixed(0)} ms\n`,
    );
    const [{ wrong }] = await database.query<{ wrong: number }>(
      `SELECT count(*)::int AS wrong FROM catalog.products WHERE sku LIKE 'BULK-%' AND on_hand <> 90`,
    );
    expect(wrong).toBe(0);
    expect(api.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    expect(api.lines.filter(({ message }) => /lost a conflict/.test(String(message)))).toEqual([]);
  });
});
