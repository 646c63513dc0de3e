import { generateKeyPairSync } from 'node:crypto';
import { newId } from '@holdfast/shared-kernel';
import {
  accessToken,
  Api,
  type Caller,
  CUSTOMER_PASSWORD,
  type Json,
  makeCustomers,
  makeOneTimeToken,
  makeSession,
} from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { type Route, routesOf } from '../../support/openapi';
import { ADDRESS, items, Shop } from '../../support/shop';
import { deliverWebhook } from '../../support/webhooks';

/** One cell's request: made anew for whoever sends it, so that it would succeed if it were admitted. */
interface Sample {
  path?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Whose things a route is asked for. */
interface Owner {
  id: string;
  caller: Caller;
}

const CALLERS = [
  'anonymous',
  'owner',
  'other customer',
  'admin',
  'disabled customer',
  'expired token',
  'forged signature',
  'refresh token as access token',
  'token with alg none',
  'token of another type',
  'revoked API key',
  'API key with a scope of the route',
  'API key with all other scopes',
] as const;
type CallerName = (typeof CALLERS)[number];
const WITH_BAD_CREDENTIALS = CALLERS.slice(4, 11);
const SCOPES = ['stock:write', 'catalogue:write', 'orders:read', 'webhooks:manage', 'fulfilment:write'];

/** What differs from what the document's security statement says, and why. */
const EXCEPTIONS: Record<string, Partial<Record<CallerName, number>>> = {
  // An address book is its owner's alone.
  'put /v1/customers/me/addresses/{id}': { admin: 404 },
  'delete /v1/customers/me/addresses/{id}': { admin: 404 },
  // So are the sessions under `me`.
  'delete /v1/customers/me/sessions/{id}': { admin: 404 },
};

const PASSWORD = 'a long pass phrase';
describe('access', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;
  let routes: Route[];
  let refreshToken: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database, { WEBHOOK_TARGETS: 'any' });
    shop = await Shop.open(api, database);
    routes = routesOf((await api.as().get('/openapi.json')).body);
    const admin = await newcomer();
    await database.query(`UPDATE identity.customers SET role = 'admin' WHERE id = $1`, [admin.id]);
    refreshToken = (await logIn(admin.username)).refreshToken as string;
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const newcomer = async () => {
    const username = `u${newId().slice(-12)}`;
    const body = { username, email: `${username}@example.com`, password: PASSWORD };
    return (await api.as().send('POST', '/v1/customers', body)).body as { id: string; username: string };
  };
  const logIn = async (username: string) =>
    (await api.as().send('POST', '/v1/auth/token', { username, password: PASSWORD })).body;
  const order = async ({ caller }: Owner): Promise<string> =>
    (await caller.post('/v1/orders', items([await shop.product(), 1]))).body.id;
  const paidOrder = async (owner: Owner): Promise<string> => {
    const id = await order(owner);
    await database.query(`UPDATE ordering.orders SET status = 'paid', payment_status = 'captured' WHERE id = $1`, [id]);
    return id;
  };
  const address = async ({ caller }: Owner): Promise<string> =>
    (await caller.send('POST', '/v1/customers/me/addresses', ADDRESS)).body.id;
  const shippedOrder = async (owner: Owner): Promise<[id: string, productId: string]> => {
    const id = await paidOrder(owner);
    const { body } = await shop.admin.post(`/v1/orders/${id}/fulfil`);
    return [id, (body.items as { productId: string }[])[0].productId];
  };
  const goodsReturn = async (owner: Owner): Promise<[id: string, productId: string]> => {
    const [id, productId] = await shippedOrder(owner);
    const body = { items: [{ productId, quantity: 1 }], reason: 'too small' };
    return [(await owner.caller.post(`/v1/orders/${id}/returns`, body)).body.id as string, productId];
  };
  const session = ({ id }: Owner) => makeSession(database, id);
  const product = async () => (await shop.product()).id as string;
  const inCart = async ({ caller }: Owner) => {
    const { id } = await shop.product();
    await caller.put(`/v1/cart/items/${id}`, { quantity: 1 });
    return id as string;
  };
  const endpoint = async (): Promise<string> =>
    (await shop.admin.send('POST', '/v1/admin/webhook-endpoints', { url: 'http://127.0.0.1:9/hook' })).body.id;
  const delivery = async () => {
    const [id, eventId] = [await endpoint(), newId()];
    await database.query(
      `INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, aggregate_id, sequence, body, status)
       VALUES ($1, $2, 'ordering.order-placed', $2, 1, '{}', 'dead')`,
      [id, eventId],
    );
    return { id, eventId };
  };
  const deadEvent = async () => {
    const id = newId();
    await database.query(
      `INSERT INTO platform.outbox (id, type, aggregate_id, payload, status, attempts) VALUES ($1, 'test.dead', $1, '{}', 'dead', 6)`,
      [id],
    );
    return id;
  };
  const failedRefund = async (owner: Owner): Promise<string> => {
    const [orderId, id, paymentId, attemptId] = [await paidOrder(owner), newId(), newId(), newId()];
    await database.query(
      `INSERT INTO payments.payments (id, order_id, status, amount, currency, version, opened_at, updated_at, accepted_at)
       VALUES ('${paymentId}', '${orderId}', 'captured', 10, 'GBP', 1, now(), now(), now());
       INSERT INTO payments.attempts (id, payment_id, provider, status, captured, refunded, currency, started_at)
       VALUES ('${attemptId}', '${paymentId}', 'simulator', 'captured', 10, 1, 'GBP', now());
       INSERT INTO payments.refunds (id, payment_id, attempt_id, amount, currency, requested_at, status, failure)
       VALUES ('${id}', '${paymentId}', '${attemptId}', 1, 'GBP', now(), 'failed', 'expired_or_canceled_card')`,
    );
    return id;
  };
  const category = async (): Promise<string> =>
    (await shop.admin.send('POST', '/v1/categories', { name: `C ${newId()}` })).body.id;
  const apiKey = async (scopes: string[]): Promise<{ id: string; key: string }> =>
    (await shop.admin.send('POST', '/v1/api-keys', { name: 'A machine', scopes })).body;
  const SHIPPING = { name: 'By mule', price: { amount: '1.00', currency: 'GBP' } };
  const shippingMethod = async (): Promise<string> => {
    return (await shop.admin.send('POST', '/v1/shipping-methods', { code: newId(), ...SHIPPING })).body.code;
  };
  const taxed = async () => {
    await shop.admin.put('/v1/tax-rates/AQ', { rate: '20', inclusive: true });
    return { path: { country: 'AQ' } };
  };
  const path = (id: string) => ({ path: { id } });
  const nothing = () => ({});

  /** For every route a request that is good, but for who sends it. */
  const SAMPLES: Record<string, (owner: Owner) => Sample | Promise<Sample>> = {
    'post /v1/customers': () => {
      const username = `u${newId().slice(-12)}`;
      return { body: { username, email: `${username}@example.com`, password: PASSWORD } };
    },
    'get /v1/customers': nothing,
    'get /v1/customers/me': nothing,
    'patch /v1/customers/me': () => ({
      body: { username: `u${newId().slice(-12)}`, currentPassword: CUSTOMER_PASSWORD },
    }),
    'delete /v1/customers/me': () => ({ body: { password: CUSTOMER_PASSWORD } }),
    'get /v1/customers/{id}': ({ id }) => path(id),
    'patch /v1/customers/{id}': ({ id }) => ({ ...path(id), body: { active: false } }),
    'delete /v1/customers/{id}': ({ id }) => path(id),
    'get /v1/customers/me/sessions': nothing,
    'delete /v1/customers/me/sessions': nothing,
    'delete /v1/customers/me/sessions/{id}': async (owner) => path(await session(owner)),
    'get /v1/customers/{id}/sessions': ({ id }) => path(id),
    'delete /v1/customers/{id}/sessions': ({ id }) => path(id),
    'get /v1/customers/me/addresses': nothing,
    'post /v1/customers/me/addresses': () => ({ body: ADDRESS }),
    'put /v1/customers/me/addresses/{id}': async (owner) => ({ ...path(await address(owner)), body: ADDRESS }),
    'delete /v1/customers/me/addresses/{id}': async (owner) => path(await address(owner)),
    'post /v1/auth/token': async () => ({ body: { username: (await newcomer()).username, password: PASSWORD } }),
    'post /v1/auth/refresh': async () => ({
      body: { refreshToken: (await logIn((await newcomer()).username)).refreshToken as string },
    }),
    'post /v1/auth/revoke': () => ({ body: { refreshToken: 'of nobody' } }),
    'post /v1/auth/password-resets': () => ({ body: { email: `${newId()}@example.com` } }),
    // Whose account it is, the token says, not the caller: it is another's, so that the owner's stays as it was.
    'post /v1/auth/password-resets/confirm': async () => ({
      body: {
        token: await makeOneTimeToken(database, (await newcomer()).id, 'password-reset'),
        password: 'another long pass phrase',
      },
    }),
    'post /v1/auth/email-verifications': async () => ({
      body: { token: await makeOneTimeToken(database, (await newcomer()).id, 'email-verification') },
    }),
    'post /v1/customers/me/email-verifications': nothing,
    'post /v1/customers/{id}/password-reset': ({ id }) => path(id),
    'get /.well-known/jwks.json': nothing,
    'get /v1/products': nothing,
    'post /v1/products/import': () => ({
      body: `sku,name,price,currency\n${newId()},New,1.00,GBP\n`,
      headers: { 'content-type': 'text/csv' },
    }),
    'get /v1/products/export': nothing,
    'get /v1/categories': nothing,
    'post /v1/categories': () => ({ body: { name: `C ${newId()}` } }),
    'patch /v1/categories/{id}': async () => ({ ...path(await category()), body: { name: `C ${newId()}` } }),
    'delete /v1/categories/{id}': async () => path(await category()),
    'get /v1/api-keys': nothing,
    'post /v1/api-keys': () => ({ body: { name: 'A machine', scopes: ['stock:write'] } }),
    'delete /v1/api-keys/{id}': async () => path((await apiKey(['stock:write'])).id),
    'get /v1/products/changes': nothing,
    'get /v1/products/{id}': async () => path(await product()),
    'post /v1/products': () => ({
      body: { sku: newId(), name: 'New', price: { amount: '1.00', currency: 'GBP' } },
    }),
    'patch /v1/products/{id}': async () => ({ ...path(await product()), body: { name: 'Changed' } }),
    'delete /v1/products/{id}': async () => path(await product()),
    'post /v1/products/{id}/stock-adjustments': async () => ({
      ...path(await product()),
      body: { delta: 1, reason: 'found' },
    }),
    'get /v1/products/{id}/stock-adjustments': async () => path(await product()),
    'get /v1/cart': nothing,
    'delete /v1/cart': nothing,
    'post /v1/cart/items': async () => ({ body: { items: [{ productId: await product(), quantity: 1 }] } }),
    'put /v1/cart/items/{productId}': async (owner) => ({
      path: { productId: await inCart(owner) },
      body: { quantity: 2 },
    }),
    'delete /v1/cart/items/{productId}': async (owner) => ({ path: { productId: await inCart(owner) } }),
    'post /v1/cart/checkout': async (owner) => {
      await inCart(owner);
      return { body: {} };
    },
    'post /v1/orders': async () => ({ body: items([await shop.product(), 1]) }),
    'get /v1/orders': async (owner) => {
      await order(owner);
      return {};
    },
    'get /v1/orders/{id}': async (owner) => path(await order(owner)),
    'get /v1/orders/{id}/history': async (owner) => path(await order(owner)),
    'post /v1/orders/{id}/cancel': async (owner) => path(await order(owner)),
    'post /v1/orders/{id}/fulfil': async (owner) => path(await paidOrder(owner)),
    'post /v1/orders/{id}/refunds': async (owner) => ({ ...path(await paidOrder(owner)), body: { reason: 'broken' } }),
    'get /v1/orders/export': nothing,
    'get /v1/orders/{id}/notes': async (owner) => path(await order(owner)),
    'post /v1/orders/{id}/notes': async (owner) => ({ ...path(await order(owner)), body: { text: 'Call first.' } }),
    'get /v1/shipping-methods': nothing,
    'post /v1/shipping-methods': () => ({ body: { code: newId(), ...SHIPPING } }),
    'patch /v1/shipping-methods/{code}': async () => ({ path: { code: await shippingMethod() }, body: SHIPPING }),
    'delete /v1/shipping-methods/{code}': async () => ({ path: { code: await shippingMethod() } }),
    'get /v1/tax-rates/{country}': taxed,
    'put /v1/tax-rates/{country}': async () => ({ ...(await taxed()), body: { rate: '20', inclusive: true } }),
    'delete /v1/tax-rates/{country}': taxed,
    'post /v1/orders/{id}/returns': async (owner) => {
      const [id, productId] = await shippedOrder(owner);
      return { ...path(id), body: { items: [{ productId, quantity: 1 }], reason: 'too small' } };
    },
    'get /v1/fulfilments': nothing,
    'get /v1/fulfilments/{id}': async (owner) => path((await shippedOrder(owner))[0]),
    'post /v1/fulfilments/{id}/shipments': async (owner) => path(await paidOrder(owner)),
    'get /v1/returns': nothing,
    'post /v1/returns/{id}/receive': async (owner) => {
      const [id, productId] = await goodsReturn(owner);
      return { ...path(id), body: { items: [{ productId, restock: 1 }] } };
    },
    'post /v1/returns/{id}/reject': async (owner) => ({
      ...path((await goodsReturn(owner))[0]),
      body: { reason: 'worn' },
    }),
    'get /v1/admin/webhook-endpoints': nothing,
    'post /v1/admin/webhook-endpoints': () => ({
      body: { url: 'http://127.0.0.1:9/hook', eventTypes: ['catalog.stock-low'] },
    }),
    'get /v1/admin/webhook-endpoints/{id}': async () => path(await endpoint()),
    'patch /v1/admin/webhook-endpoints/{id}': async () => ({ ...path(await endpoint()), body: { active: false } }),
    'delete /v1/admin/webhook-endpoints/{id}': async () => path(await endpoint()),
    'post /v1/admin/webhook-endpoints/{id}/rotate-secret': async () => path(await endpoint()),
    'get /v1/admin/webhook-endpoints/{id}/deliveries': async () => path(await endpoint()),
    'post /v1/admin/webhook-endpoints/{id}/deliveries/{eventId}/redeliver': async () => ({ path: await delivery() }),
    'post /v1/inventory/feeds': async () => ({
      body: {
        source: 'erp',
        takenAt: new Date().toISOString(),
        items: [{ sku: (await shop.product()).sku, onHand: 7 }],
      },
    }),
    'get /v1/inventory/feeds': nothing,
    'get /v1/inventory/drift': nothing,
    'get /v1/admin/audit': nothing,
    'get /v1/admin/refunds': nothing,
    'post /v1/admin/refunds/{id}/retry': async (owner) => path(await failedRefund(owner)),
    'get /v1/admin/outbox': nothing,
    'post /v1/admin/outbox/{id}/retry': async () => path(await deadEvent()),
    'delete /v1/admin/outbox/{id}': async () => path(await deadEvent()),
    'get /health/live': nothing,
    'get /health/ready': nothing,
    'get /metrics': nothing,
  };
  /** Admits nobody by a log-in, but by a signature over the body: payment-webhooks.spec.ts. */
  const SIGNED = 'post /v1/webhooks/payments/{provider}';

  /** 'success' stands for the 2xx that the document names. */
  function expected({ name, path, operation }: Route, caller: CallerName): number | 'success' {
    const exception = EXCEPTIONS[name]?.[caller];
    if (exception) return exception;
    const { security } = operation as { security: object[] };
    if (!security.length) return 'success';
    if (WITH_BAD_CREDENTIALS.includes(caller)) return 401;
    const takesKeys = security.some((one) => Object.hasOwn(one, 'apiKey'));
    if (caller.startsWith('API key')) return takesKeys && !caller.endsWith('other scopes') ? 'success' : 403;
    if (security.some((one) => !Object.keys(one).length)) return 'success';
    if (caller === 'anonymous') return 401;
    if (caller === 'admin') return 'success';
    if (isForAdmins(operation)) return 403;
    // What belongs to somebody is named by an {id}; to others it does not exist.
    return caller === 'other customer' && path.includes('{id}') ? 404 : 'success';
  }

  const isForAdmins = ({ responses }: Json): boolean =>
    Object.hasOwn((responses['403']?.content['application/problem+json'].examples ?? {}) as object, 'forbidden');

  /** What admins and keys write; nobody in particular writes on a route that looks at no credentials. */
  const isAudited = ({ method, operation }: Route, caller: CallerName): boolean =>
    method !== 'GET' && operation.security.length > 0 && (caller === 'admin' || caller.startsWith('API key'));

  /** An owner with a cart and an order, whom nobody else knows. */
  async function newOwner(): Promise<Owner> {
    const [{ id, token }] = await makeCustomers(database, 1);
    const owner = { id, caller: api.as(token) };
    // With a shipping method in the shop every order would have to name it.
    await database.query('DELETE FROM pricing.shipping_methods');
    await inCart(owner);
    await order(owner);
    return owner;
  }

  /** But for what is left of a product, which is everybody's. */
  const belongingsOf = async ({ caller }: Owner) =>
    Promise.all(
      ['/v1/customers/me', '/v1/customers/me/addresses', '/v1/cart', '/v1/orders'].map(async (path) =>
        JSON.stringify((await caller.get(path)).body, (name, value: unknown) => (name === 'available' ? 0 : value)),
      ),
    );

  /** Bad credentials are those of somebody who would be admitted, were they good. */
  async function tokenOf(caller: CallerName, owner: Owner, { operation }: Route): Promise<string | undefined> {
    const role = isForAdmins(operation) ? 'admin' : 'customer';
    const scopes = (operation['x-scopes'] ?? []) as string[];
    const id = role === 'admin' ? (await makeCustomers(database, 1, 'admin'))[0].id : owner.id;
    const good = await accessToken(id, { claims: { role } });
    switch (caller) {
      case 'anonymous':
        return undefined;
      case 'owner':
        return owner.caller.token;
      case 'other customer':
        return (await makeCustomers(database, 1))[0].token;
      case 'admin':
        return (await makeCustomers(database, 1, 'admin'))[0].token;
      case 'disabled customer': {
        const [{ id: disabled, token }] = await makeCustomers(database, 1, role);
        await database.query('UPDATE identity.customers SET active = false WHERE id = $1', [disabled]);
        return token;
      }
      case 'expired token':
        return accessToken(id, { claims: { exp: Math.floor(Date.now() / 1_000) - 1 } });
      case 'forged signature':
        return accessToken(id, { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey });
      case 'refresh token as access token':
        return refreshToken;
      case 'token with alg none': {
        const header = { ...decoded(good.split('.')[0]), alg: 'none' };
        return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${good.split('.')[1]}.`;
      }
      case 'token of another type':
        return accessToken(id, { header: { typ: 'JWT' } });
      case 'revoked API key': {
        const { id: revoked, key } = await apiKey(SCOPES);
        await shop.admin.delete(`/v1/api-keys/${revoked}`);
        return key;
      }
      case 'API key with a scope of the route':
        return (await apiKey(scopes.length ? scopes.slice(0, 1) : SCOPES)).key;
      case 'API key with all other scopes':
        return (await apiKey(SCOPES.filter((scope) => !scopes.includes(scope)))).key;
    }
  }

  const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;

  function ask({ method, path, operation }: Route, { path: names = {}, body, headers }: Sample, token?: string) {
    const url = path.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? `no-${name}`);
    const needsKey = operation.parameters?.some((one: Json) => one.name === 'Idempotency-Key');
    return api.as(token).send(method, url, body, { ...(needsKey && { 'idempotency-key': newId() }), ...headers });
  }

  /** Every row of every table, as one number; but when a key was used last, be it in vain. */
  async function everything(): Promise<string> {
    const tables = await database.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    const parts = tables.map(
      ({ name }) => `(SELECT coalesce(string_agg(md5(row), '' ORDER BY md5(row)), '')
         FROM ${name} t, LATERAL (SELECT (to_jsonb(t) - 'last_used_at')::text AS row) r)`,
    );
    const [{ all }] = await database.query<{ all: string }>(`SELECT md5(${parts.join(` || '|' || `)}) AS all`);
    return all;
  }

  it('is expected of every route of the document, and of no other', () => {
    expect(routes.map(({ name }) => name).sort()).toEqual([...Object.keys(SAMPLES), SIGNED].sort());
  });

  it('is stated by the document in no way but the four that are read here', () => {
    const statements = new Set(routes.map(({ operation }) => JSON.stringify(operation.security)));
    expect([...statements].sort()).toEqual(
      ['[]', '[{"bearer":[]}]', '[{"bearer":[]},{"apiKey":[]}]', '[{},{"bearer":[]},{"apiKey":[]}]'].sort(),
    );
  });

  it('SEC-18 is refused to whom the document refuses it, on every route, and changes nothing then', async () => {
    let cells = 0;
    for (const route of routes.filter(({ name }) => SAMPLES[name])) {
      const owner = await newOwner();
      const sample = await SAMPLES[route.name](owner);
      const refused = CALLERS.filter((caller) => expected(route, caller) !== 'success');
      const tokens = await Promise.all(refused.map((caller) => tokenOf(caller, owner, route)));
      const before = await everything();
      for (const [index, caller] of refused.entries()) {
        const { status, headers, body } = await ask(route, sample, tokens[index]);
        expect([route.name, caller, status]).toEqual([route.name, caller, expected(route, caller)]);
        if (status === 401) expect([route.name, headers.get('www-authenticate')]).toEqual([route.name, 'Bearer']);
        if (status === 403)
          expect([route.name, body.code]).toEqual([
            route.name,
            caller.startsWith('API') ? 'insufficient-scope' : 'forbidden',
          ]);
        cells++;
      }
      expect([route.name, await everything()]).toEqual([route.name, before]);
    }
    expect(cells).toBeGreaterThan(200);
  });

  it('SEC-18 is given to whom the document gives it, on every route, and leaves the things of others alone', async () => {
    for (const route of routes.filter(({ name }) => SAMPLES[name]))
      for (const caller of CALLERS.filter((each) => expected(route, each) === 'success')) {
        const owner = await newOwner();
        const sample = await SAMPLES[route.name](owner);
        const before = await belongingsOf(owner);
        const token = await tokenOf(caller, owner, route);
        // A checkout needs something in the caller's own cart.
        if (route.name === 'post /v1/cart/checkout') await inCart({ id: '', caller: api.as(token) });
        const { status, headers, body } = await ask(route, sample, token);
        const success = Object.keys(route.operation.responses as object).filter((each) => each.startsWith('2'));
        expect([route.name, caller, success]).toEqual([route.name, caller, expect.arrayContaining([String(status)])]);
        const recorded = await database.query('SELECT FROM platform.audit_log WHERE request_id = $1', [
          headers.get('x-request-id'),
        ]);
        expect([route.name, caller, recorded.length > 0]).toEqual([route.name, caller, isAudited(route, caller)]);
        if (caller !== 'other customer') continue;
        expect([route.name, JSON.stringify(body).includes(owner.id)]).toEqual([route.name, false]);
        expect([route.name, await belongingsOf(owner)]).toEqual([route.name, before]);
      }
  });

  it('is given to a payment provider by the signature alone', async () => {
    const [{ token }] = await makeCustomers(database, 1, 'admin');
    const body = JSON.stringify({ id: 'evt_1', type: 'payment.succeeded', data: {} });
    for (const caller of [api.as(), api.as(token)])
      expect((await caller.send('POST', '/v1/webhooks/payments/simulator', body)).status).toBe(401);
    expect((await deliverWebhook(api, {}, { authorization: 'Bearer garbage' })).status).not.toBe(401);
  });
});
