import { Api, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { items, Shop } from '../../support/shop';
import { deliverWebhook } from '../../support/webhooks';
import { countStatements, type StatementCounter } from '../../support/statement-counter';

describe('the statements of a request, read on the wire', () => {
  let database: TestDatabase;
  let counter: StatementCounter;
  let api: Api;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase();
    counter = await countStatements(database.url);
    // Without the look at the backlog, which happens by the clock.
    api = await Api.start({ ...database, url: counter.url }, { BACKLOG_LIMIT: '0' });
    shop = await Shop.open(api, database);
  });
  afterAll(async () => {
    await api.stop();
    counter.close();
    await database.drop();
  });

  it.each([1, 5, 100])('of an order of %i lines are the same 16, authentication included', async (lines) => {
    const products: Json[] = [];
    for (let i = 0; i < lines; i++) products.push(await shop.product());
    const ann = await shop.customer();
    const order = items(...products.map((product): [Json, number] => [product, 1]));
    // The first order of a customer opens the count of what is not paid, by two statements more.
    await ann.post('/v1/orders', items([await shop.product(), 1]));
    counter.take();
    expect((await ann.post('/v1/orders', order)).status).toBe(201);
    expect(counter.take()).toEqual([
      'SELECT b.n, c.role',
      'START TRANSACTION',
      'SELECT c.n FROM',
      'SELECT c.n, k.fingerprint,',
      'SELECT "customer_id", "orders",',
      'SELECT "id", "sku",',
      'WITH clock AS',
      // These are sent without waiting for one another.
      'INSERT INTO ordering.orders',
      'INSERT INTO catalog.stock_movements',
      'INSERT INTO ordering.order_lines',
      'INSERT INTO platform.outbox',
      'INSERT INTO platform.idempotency_keys',
      'UPDATE catalog.products t',
      'UPDATE ordering.unpaid_orders t',
      'INSERT INTO ordering.order_transitions',
      'COMMIT',
    ]);
  });

  it.each([1, 100])('of a shipment of %i lines are the same 16', async (lines) => {
    const products: Json[] = [];
    for (let i = 0; i < lines; i++) products.push(await shop.product());
    const order = items(...products.map((product): [Json, number] => [product, 1]));
    const { body } = await (await shop.customer()).post('/v1/orders', order);
    await deliverWebhook(api, { orderId: body.id, amount: body.total });
    counter.take();
    expect((await shop.admin.post(`/v1/orders/${body.id}/fulfil`)).status).toBe(200);
    const sent = counter.take();
    // The writes are sent without waiting for one another.
    expect([...sent.slice(0, 7), ...sent.slice(7, -1).sort(), ...sent.slice(-1)]).toEqual([
      'SELECT b.n, c.role',
      'START TRANSACTION',
      'SELECT "id", "customer_id",',
      'SELECT "order_id", "line_no",',
      'SELECT "order_id", "status",',
      // These two open the fulfilment, which the worker has done as a rule.
      'INSERT INTO fulfilment.fulfilments',
      'SELECT "order_id", "status",',
      'INSERT INTO fulfilment.shipment_lines',
      'INSERT INTO fulfilment.shipments',
      'INSERT INTO ordering.order_transitions',
      'INSERT INTO platform.audit_log',
      'INSERT INTO platform.outbox',
      'UPDATE fulfilment.fulfilments t',
      'UPDATE ordering.order_lines t',
      'UPDATE ordering.orders t',
      'COMMIT',
    ]);
  });

  it.each([1, 100])('of a cart of %i lines are as many, and its checkout is one order', async (lines) => {
    const products: Json[] = [];
    for (let i = 0; i < lines; i++) products.push(await shop.product());
    const ann = await shop.customer();
    await ann.get('/v1/cart');
    counter.take();
    const cart = items(...products.map((product): [Json, number] => [product, 1]));
    expect((await ann.post('/v1/cart/items', cart)).status).toBe(200);
    expect((await ann.put(`/v1/cart/items/${products[0].id}`, { quantity: 2 })).status).toBe(200);
    const filling = counter.take();
    expect(filling.filter((sql) => sql === 'COMMIT')).toHaveLength(2);
    expect(filling.length).toBeLessThanOrEqual(28);
    expect((await ann.post('/v1/cart/checkout', {})).status).toBe(201);
    const checkout = counter.take();
    expect(checkout.filter((sql) => sql === 'DELETE FROM catalog.holds')).toHaveLength(1);
    expect(checkout).toHaveLength(21);
    // Without the cart: what the customer holds of a product is used up by one statement more than any order needs.
    await ann.put(`/v1/cart/items/${products[0].id}`, { quantity: 1 });
    counter.take();
    expect((await ann.post('/v1/orders', items([products[0], 1]))).status).toBe(201);
    expect(counter.take()).toHaveLength(17);
  });

  it.each([1, 30])('of a page of %i orders are two', async (orders) => {
    const [product, ann] = [await shop.product({ stock: 100 }), await shop.customer()];
    for (let i = 0; i < orders; i++) await ann.post('/v1/orders', items([product, 1]));
    counter.take();
    expect((await ann.get('/v1/orders?limit=100')).body.items).toHaveLength(orders);
    expect(counter.take()).toHaveLength(2);
  });
});
