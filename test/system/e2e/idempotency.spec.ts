import { request } from 'node:http';
import { newId } from '@holdfast/shared-kernel';
import { Client } from 'pg';
import { Api, type Caller, Worker } from '../../support/api';
import { untilBlocked } from '../../support/eventually';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';

describe('an Idempotency-Key', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;
  let ann: Caller & { id: string };

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database);
    shop = await Shop.open(api, database);
    ann = await shop.customer();
  });
  afterAll(async () => {
    await expectInvariants(database);
    await api.stop();
    await database.drop();
  });

  const order = (body: unknown, key: string, caller: Caller = ann) =>
    caller.post('/v1/orders', body, { 'idempotency-key': key });

  it('IDEM-01 IDEM-19 replays status, body and Location as first answered, even when the order has changed', async () => {
    const [product, key] = [await shop.product({ stock: 10 }), newId()];
    const first = await order(items([product, 2]), key);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    await ann.post(`/v1/orders/${first.body.id}/cancel`);
    const second = await order(items([product, 2]), key);
    expect([second.status, second.body, second.headers.get('location')]).toEqual([
      201,
      first.body,
      first.headers.get('location'),
    ]);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await shop.onHand(product.id)).toBe(10);
  });

  it('IDEM-02 refuses the same key with another request', async () => {
    const [a, b, key] = [await shop.product(), await shop.product(), newId()];
    await order(items([a, 1]), key);
    const reused = await order(items([b, 1]), key);
    expect([reused.status, reused.body.code]).toEqual([409, 'idempotency-key-reused']);
    expect(await shop.onHand(b.id)).toBe(10);
    const { body: one } = await order(items([b, 1]), newId());
    const { body: two } = await order(items([b, 1]), newId());
    const cancel = (id: string) => ann.post(`/v1/orders/${id}/cancel`, undefined, { 'idempotency-key': key });
    expect((await cancel(one.id)).status).toBe(200); // another operation is another scope
    expect((await cancel(two.id)).body.code).toBe('idempotency-key-reused');
  });

  it('IDEM-03 IDEM-04 is required, and 1 to 255 printable ASCII characters, bare or quoted', async () => {
    const product = await shop.product({ stock: 100 });
    const send = (key?: string) =>
      ann.send('POST', '/v1/orders', items([product, 1]), key === undefined ? {} : { 'idempotency-key': key });
    const missing = await send();
    expect([missing.status, missing.body.code]).toEqual([400, 'idempotency-key-missing']);
    expect(missing.headers.get('content-type')).toMatch('application/problem+json');
    for (const key of ['', 'x'.repeat(256), 'ü', '""', '"open', `"${'x'.repeat(256)}"`]) {
      const invalid = await send(key);
      expect([key, invalid.status]).toEqual([key, 400]);
    }
    for (const key of ['k', 'x'.repeat(255), 'with blank', `"${'y'.repeat(255)}"`])
      expect([key, (await send(key)).status]).toEqual([key, 201]);
    const { port } = new URL(api.url);
    const twice = await new Promise<number | undefined>((resolve, reject) =>
      request({
        port,
        path: '/v1/orders',
        method: 'POST',
        headers: { authorization: `Bearer ${ann.token}`, 'idempotency-key': ['a', 'b'] },
      })
        .on('response', ({ statusCode }) => resolve(statusCode))
        .on('error', reject)
        .end(),
    );
    expect(twice).toBe(400);
    const bare = await send('same');
    expect((await send('"same"')).body).toEqual(bare.body);
    expect((await ann.post(`/v1/orders/${bare.body.id}/cancel`, undefined, { 'idempotency-key': '' })).status).toBe(
      400,
    );
  });

  it('IDEM-06 belongs to its customer', async () => {
    const [product, bob, key] = [await shop.product(), await shop.customer(), newId()];
    const mine = await order(items([product, 1]), key);
    const his = await order(items([product, 1]), key, bob);
    expect(his.status).toBe(201);
    expect(his.body.id).not.toBe(mine.body.id);
    expect(his.body.customerId).toBe(bob.id);
  });

  it('IDEM-11 sees through white space and the order of members, not through the order of lines', async () => {
    const [a, b, key] = [await shop.product(), await shop.product(), newId()];
    const first = await order(
      `{"items":[{"productId":"${a.id}","quantity":1},{"productId":"${b.id}","quantity":1}]}`,
      key,
    );
    const same = await order(
      `{ "items": [ {"quantity":1, "productId":"${a.id}"},\n {"quantity":1,"productId":"${b.id}"}] }`,
      key,
    );
    expect([same.status, same.body]).toEqual([201, first.body]);
    expect((await order(items([b, 1], [a, 1]), key)).body.code).toBe('idempotency-key-reused');
  });

  it('IDEM-12 may be used again after a refusal', async () => {
    const [product, key] = [await shop.product({ stock: 1 }), newId()];
    expect((await order({ items: [] }, key)).status).toBe(400);
    expect((await order(items([product, 2]), key)).body.code).toBe('insufficient-stock');
    expect((await order(items([product, 1]), key)).status).toBe(201);
  });

  it('IDEM-08 serves 20 identical requests for the last unit with one order, and never "insufficient stock"', async () => {
    const [product, key] = [await shop.product({ stock: 1 }), newId()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => order(items([product, 1]), key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map(({ body }) => body.id as string)).size).toBe(1);
    expect(answers.filter(({ headers }) => !headers.has('idempotent-replayed'))).toHaveLength(1);
    expect(await shop.onHand(product.id)).toBe(0);
  });

  it('waits for its twin in flight at most the lock timeout, then says so', async () => {
    const [product, key] = [await shop.product(), newId()];
    const twin = new Client(database.url);
    await twin.connect();
    await twin.query('BEGIN');
    await twin.query(`SELECT pg_advisory_xact_lock(hashtextextended($1 || ' orders.place ' || $2, 0))`, [ann.id, key]);
    const hasty = await Api.start(database, { LOCK_TIMEOUT: '500ms' });
    const waited = await hasty.as(ann.token).post('/v1/orders', items([product, 1]), { 'idempotency-key': key });
    await hasty.stop();
    expect([waited.status, waited.body.code, waited.headers.get('retry-after')]).toEqual([
      409,
      'idempotency-key-in-use',
      '1',
    ]);
    const patient = order(items([product, 1]), key);
    await untilBlocked(database);
    await twin.query('ROLLBACK');
    expect((await patient).status).toBe(201);
    await twin.end();
  });

  it('IDEM-17 expires after a day, swept or not, and the worker sweeps it', async () => {
    const [product, key] = [await shop.product(), newId()];
    const first = await order(items([product, 1]), key);
    const left = await database.query<{ hours: number }>(
      `SELECT round(extract(epoch FROM expires_at - now()) / 3600)::int AS hours FROM platform.idempotency_keys WHERE key = $1`,
      [key],
    );
    expect(left).toEqual([{ hours: 24 }]);
    const dayLater = () =>
      database.query('UPDATE platform.idempotency_keys SET expires_at = now() WHERE key = $1', [key]);
    await dayLater();
    const fresh = await order(items([product, 2]), key); // even another request: the key is as good as new
    expect([fresh.status, fresh.body.id === first.body.id]).toEqual([201, false]);
    expect((await order(items([product, 2]), key)).body).toEqual(fresh.body);
    await dayLater();
    const worker = await Worker.start(database);
    await worker.logged('swept expired idempotency keys');
    expect(await database.query('SELECT 1 FROM platform.idempotency_keys WHERE key = $1', [key])).toEqual([]);
    expect(await worker.stop()).toBe(0);
  });

  it('IDEM-20 means nothing on a GET', async () => {
    const product = await shop.product();
    const read = () => ann.get(`/v1/products/${product.id}`, { 'idempotency-key': 'same' });
    await read();
    await order(items([product, 4]), newId());
    expect((await read()).body.stock).toBe(6);
  });
});
