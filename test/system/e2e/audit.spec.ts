import { newId } from '@holdfast/shared-kernel';
import { Api, type Json, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { items, Shop } from '../../support/shop';

describe('the audit log', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database);
    shop = await Shop.open(api, database);
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const entries = async (filter: string): Promise<Json[]> =>
    (await shop.admin.get(`/v1/admin/audit?${filter}`)).body.items;

  it('SEC-24 says who has changed what of which object, at which request, and no value', async () => {
    const customer = await shop.customer();
    const requestId = newId();
    const admin = (await shop.admin.get('/v1/customers/me')).body.id as string;
    await shop.admin.patch(`/v1/customers/${customer.id}`, { role: 'admin' }, { 'x-request-id': requestId });
    const [entry, ...others] = await entries(`objectId=${customer.id}`);
    expect([entry, others]).toEqual([
      {
        ...{ id: expect.any(String) as string, at: expect.any(String) as string, requestId },
        ...{ actorKind: 'admin', actorId: admin, operation: 'updateCustomer' },
        ...{ objectType: 'Customer', objectId: customer.id, fields: ['role'] },
      },
      [],
    ]);
    const product = await shop.product({ name: 'A name that is nobody else’s' });
    expect(await entries(`objectId=${product.id}`)).toMatchObject([{ operation: 'createProduct' }]);
    const [{ all }] = await database.query('SELECT json_agg(a)::text AS all FROM platform.audit_log a');
    expect(all).not.toMatch(/nobody else|example\.com|argon2/);
  });

  it('SEC-24 records a repeated request once, a refused one not at all, and each call of a batch as its own', async () => {
    const product = await shop.product({ stock: 100 });
    const { body: machine } = await shop.admin.send('POST', '/v1/api-keys', { name: 'M', scopes: ['stock:write'] });
    const asMachine = api.as(machine.key as string);
    const path = `/v1/products/${product.id}/stock-adjustments`;
    const key = { 'idempotency-key': newId() };
    await asMachine.post(path, { delta: -1, reason: 'broken' }, key);
    await asMachine.post(path, { delta: -1, reason: 'broken' }, key);
    expect((await asMachine.post(path, { delta: -1_000, reason: 'broken' })).status).toBe(409);
    expect(await entries(`actorId=${machine.id}`)).toMatchObject([
      { actorKind: 'api-key', operation: 'adjustStock', objectId: product.id, fields: ['onHand'] },
    ]);

    const customers = await shop.customers(6);
    const orders = await Promise.all(
      customers.map(async (each) => (await each.post('/v1/orders', items([product, 1]))).body.id as string),
    );
    const cancels = await Promise.all(
      orders.map((id, index) => (index % 2 ? customers[index] : shop.admin).post(`/v1/orders/${id}/cancel`)),
    );
    expect(cancels.map(({ status }) => status)).toEqual(orders.map(() => 200));
    for (const [index, id] of orders.entries())
      expect((await entries(`objectId=${id}`)).map(({ operation }) => operation as string)).toEqual(
        index % 2 ? [] : ['cancelOrder'],
      );
  });

  it('SEC-24 is walked page by page, by admins only, and changed by nobody', async () => {
    const all = await entries('limit=100');
    const walked: Json[] = [];
    for (let cursor = ''; ;) {
      const { body } = await shop.admin.get(`/v1/admin/audit?limit=3${cursor}`);
      walked.push(...(body.items as Json[]));
      if (!body.nextCursor) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(walked).toEqual(all);
    for (const sql of [
      'UPDATE platform.audit_log SET fields = $1',
      'DELETE FROM platform.audit_log WHERE fields <> $1',
    ])
      await expect(database.query(sql, ['[]'])).rejects.toThrow('audit_log is append-only');
    await expect(database.query('TRUNCATE platform.audit_log')).rejects.toThrow('audit_log is append-only');
  });

  it('SEC-24 is kept for as long as AUDIT_RETENTION says, and by PostgreSQL for 90 days', async () => {
    const record = async (count: number, days: number) => {
      await database.query(
        `INSERT INTO platform.audit_log (id, at, actor_kind, actor_id, operation, fields, request_id)
         SELECT gen_random_uuid(), now() - $1 * interval '1 day', 'admin', gen_random_uuid(), $2, '[]', gen_random_uuid()
         FROM generate_series(1, $3::int)`,
        [days, `of ${days} days`, count],
      );
    };
    const old = async () => {
      const rows = await database.query<{ operation: string }>(
        `SELECT DISTINCT operation FROM platform.audit_log WHERE operation LIKE 'of %' ORDER BY 1`,
      );
      return rows.map(({ operation }) => operation);
    };
    const retain = async (retention: NodeJS.ProcessEnv, left: string[]) => {
      const worker = await Worker.start(database, retention);
      await worker.logged('swept old audit entries');
      await worker.stop();
      expect(await old()).toEqual(left);
    };
    await record(2_500, 366);
    await record(1, 364);
    await record(1, 91);
    await record(1, 89);
    await retain({}, ['of 364 days', 'of 89 days', 'of 91 days']);
    await retain({ AUDIT_RETENTION: '90d' }, ['of 89 days']);
    await expect(database.query(`DELETE FROM platform.audit_log WHERE operation = 'of 89 days'`)).rejects.toThrow(
      'audit_log is append-only',
    );
  });
});
