import { Api, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { Shop } from '../../support/shop';

describe('API keys', () => {
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

  const issue = async (scopes: string[], more: object = {}): Promise<Json> =>
    (await shop.admin.send('POST', '/v1/api-keys', { name: 'A machine', scopes, ...more })).body;
  const listed = async (id: string): Promise<Json> =>
    (await shop.admin.get('/v1/api-keys')).body.items.find((each: Json) => each.id === id);

  it('SEC-23 show the key once, keep a hash of its secret, and list the rest', async () => {
    const { status, body } = await shop.admin.send('POST', '/v1/api-keys', {
      name: 'Scanner',
      scopes: ['stock:write', 'stock:write', 'orders:read'],
    });
    expect([status, body]).toEqual([
      201,
      {
        ...{ id: body.id, prefix: `hf_${body.id.replaceAll('-', '')}`, name: 'Scanner' },
        ...{ scopes: ['stock:write', 'orders:read'], expiresAt: null, revokedAt: null, lastUsedAt: null },
        ...{ createdBy: expect.any(String) as string, createdAt: expect.any(String) as string },
        key: expect.stringMatching(/^hf_[0-9a-f]{32}_[\w-]{43}$/) as string,
      },
    ]);
    const { key, ...shown } = body;
    expect(await listed(body.id)).toEqual(shown);
    const secret = key.slice(36);
    const [row] = await database.query('SELECT k::text AS row FROM identity.api_keys k WHERE id = $1', [body.id]);
    expect(row.row).not.toContain(secret);
    await api.as(key).get('/v1/orders');
    expect(JSON.stringify(api.lines)).not.toContain(secret);
    expect(Date.parse((await listed(body.id)).lastUsedAt as string)).toBeGreaterThan(Date.now() - 60_000);
  });

  it('subscribe webhooks to events of orders and payments only with orders:read, whatever the way', async () => {
    const url = 'https://93.184.216.34/hook';
    const [webhooks, both] = [await issue(['webhooks:manage']), await issue(['webhooks:manage', 'orders:read'])];
    const register = (key: string | undefined, eventTypes?: string[]) =>
      (key ? api.as(key) : shop.admin).send<Json>('POST', '/v1/admin/webhook-endpoints', { url, eventTypes });
    const change = (key: string, id: string, body: object) =>
      api.as(key).send<Json>('PATCH', `/v1/admin/webhook-endpoints/${id}`, body);
    const refusal = [403, { code: 'insufficient-scope', scopes: ['orders:read'] }];

    const guarded = [
      undefined,
      [],
      ['ordering.*'],
      ['ordering.order-placed'],
      ['payments.payment-captured'],
      ['catalog.*', 'payments.*'],
    ];
    for (const eventTypes of guarded) {
      const { status, body } = await register(webhooks.key, eventTypes);
      expect([status, body]).toMatchObject(refusal);
      expect((await register(both.key, eventTypes)).status).toBe(201);
      expect((await register(undefined, eventTypes)).status).toBe(201);
    }
    const { status, body: own } = await register(webhooks.key, ['catalog.*', 'orderings.of-another-name']);
    expect(status).toBe(201);
    for (const eventTypes of guarded.slice(1)) {
      const changed = await change(webhooks.key, own.id, { eventTypes });
      expect([changed.status, changed.body]).toMatchObject(refusal);
    }

    // An endpoint of somebody else is not to be led to another URL, nor enabled; to disable it gives nothing away.
    const { body: others } = await register(both.key, ['ordering.*']);
    const redirect = await change(webhooks.key, others.id, { url: 'https://93.184.216.34/mine' });
    expect([redirect.status, redirect.body]).toMatchObject(refusal);
    expect((await change(webhooks.key, others.id, { active: false })).status).toBe(200);
    expect((await change(webhooks.key, others.id, { active: true })).status).toBe(403);
    expect((await change(webhooks.key, others.id, { url, eventTypes: ['catalog.*'] })).status).toBe(200);
  });

  it('SEC-23 act under their own id, and have idempotency keys of their own', async () => {
    const product = await shop.product({ stock: 10 });
    const [one, other] = [await issue(['stock:write']), await issue(['stock:write'])];
    const adjust = (key: string) =>
      api.as(key).send(
        'POST',
        `/v1/products/${product.id}/stock-adjustments`,
        { delta: 1, reason: 'counted' },
        {
          'idempotency-key': 'the same',
        },
      );
    const [first, again, others] = [await adjust(one.key), await adjust(one.key), await adjust(other.key)];
    expect([first.body.actorId, first.body.balanceAfter]).toEqual([one.id, 11]);
    expect([again.headers.get('idempotent-replayed'), again.body]).toEqual(['true', first.body]);
    expect([others.body.actorId, others.body.balanceAfter]).toEqual([other.id, 12]);
    // As an admin sees it.
    expect((await api.as(one.key).get(`/v1/products/${product.id}`)).body.onHand).toBe(12);
    const withOrders = await issue(['orders:read']);
    const refused = await adjust(withOrders.key);
    expect([refused.status, refused.body.code, refused.body.scopes]).toEqual([
      403,
      'insufficient-scope',
      ['stock:write'],
    ]);
    expect(await shop.onHand(product.id as string)).toBe(12);
  });

  it('SEC-23 are nothing when revoked, in every process at once, nor expired, nor changed', async () => {
    const second = await Api.start(database);
    try {
      const { id, key } = await issue(['orders:read']);
      const answers = async (bearer: string) =>
        Promise.all([api, second].map(async (each) => (await each.as(bearer).get('/v1/orders')).status));
      expect(await answers(key as string)).toEqual([200, 200]);
      const last = key.endsWith('A') ? 'Q' : 'A';
      expect(await answers(`${key.slice(0, -1)}${last}`)).toEqual([401, 401]);
      expect(await answers(`${key.slice(0, 36)}${'A'.repeat(43)}`)).toEqual([401, 401]);
      expect(await answers('hf_')).toEqual([401, 401]);
      expect((await shop.admin.delete(`/v1/api-keys/${id}`)).status).toBe(204);
      expect(await answers(key as string)).toEqual([401, 401]);
      const { revokedAt } = await listed(id as string);
      expect((await shop.admin.delete(`/v1/api-keys/${id}`)).status).toBe(204);
      expect((await listed(id as string)).revokedAt).toBe(revokedAt);

      const brief = await issue(['orders:read'], { expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
      expect(await answers(brief.key as string)).toEqual([200, 200]);
      await database.query(`UPDATE identity.api_keys SET expires_at = clock_timestamp() WHERE id = $1`, [brief.id]);
      expect(await answers(brief.key as string)).toEqual([401, 401]);
    } finally {
      await second.stop();
    }
  });

  it('SEC-23 are refused without a scope, with an unknown one, or expired from the start', async () => {
    const bad = [
      { scopes: [] },
      { scopes: ['everything'] },
      { name: '' },
      { expiresAt: '2020-01-01T00:00:00Z' },
      { expiresAt: '2036-02-30T00:00:00Z' },
      { expiresAt: 'tomorrow' },
      { secret: 'mine' },
    ];
    for (const fields of bad) {
      const body = { name: 'A machine', scopes: ['stock:write'], ...fields };
      const { status } = await shop.admin.send('POST', '/v1/api-keys', body);
      expect([fields, status]).toEqual([fields, 400]);
    }
    expect((await shop.admin.delete('/v1/api-keys/01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44')).body.code).toBe(
      'api-key-not-found',
    );
  });
});
