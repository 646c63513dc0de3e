import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { parse } from 'yaml';
import { Api, type Caller, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { problemSchemaOf, type Route, routesOf } from '../../support/openapi';
import { Shop } from '../../support/shop';

/** Each operation as Swagger UI fills it in, and its answer: admins execute theirs, all others a new customer. */
const EXECUTED: Record<string, [status: number, code: string | undefined]> = {
  'post /v1/customers': [201, undefined],
  'get /v1/customers': [200, undefined],
  'get /v1/customers/me': [200, undefined],
  'patch /v1/customers/me': [200, undefined],
  'delete /v1/customers/me': [204, undefined],
  'get /v1/customers/{id}': [404, 'customer-not-found'],
  'patch /v1/customers/{id}': [404, 'customer-not-found'],
  'delete /v1/customers/{id}': [404, 'customer-not-found'],
  'get /v1/customers/me/sessions': [200, undefined],
  'delete /v1/customers/me/sessions': [204, undefined],
  'delete /v1/customers/me/sessions/{id}': [404, 'session-not-found'],
  'get /v1/customers/{id}/sessions': [404, 'customer-not-found'],
  'delete /v1/customers/{id}/sessions': [404, 'customer-not-found'],
  'get /v1/customers/me/addresses': [200, undefined],
  'post /v1/customers/me/addresses': [201, undefined],
  'put /v1/customers/me/addresses/{id}': [404, 'address-not-found'],
  'delete /v1/customers/me/addresses/{id}': [404, 'address-not-found'],
  'post /v1/auth/token': [200, undefined],
  'post /v1/auth/refresh': [401, 'unauthorized'],
  'post /v1/auth/revoke': [204, undefined],
  'post /v1/auth/password-resets': [202, undefined],
  'post /v1/auth/password-resets/confirm': [422, 'reset-token-invalid'],
  'post /v1/auth/email-verifications': [422, 'verification-token-invalid'],
  'post /v1/customers/me/email-verifications': [202, undefined],
  'post /v1/customers/{id}/password-reset': [404, 'customer-not-found'],
  'get /.well-known/jwks.json': [200, undefined],
  'get /v1/products': [200, undefined],
  'get /v1/admin/refunds': [200, undefined],
  'post /v1/admin/refunds/{id}/retry': [404, 'refund-not-found'],
  'post /v1/api-keys': [201, undefined],
  'get /v1/api-keys': [200, undefined],
  'delete /v1/api-keys/{id}': [404, 'api-key-not-found'],
  'post /v1/products/import': [200, undefined],
  'get /v1/products/export': [200, undefined],
  'get /v1/products/changes': [200, undefined],
  'get /v1/products/{id}': [200, undefined],
  'post /v1/products': [201, undefined],
  'patch /v1/products/{id}': [200, undefined],
  'delete /v1/products/{id}': [204, undefined],
  'post /v1/products/{id}/stock-adjustments': [201, undefined],
  'get /v1/products/{id}/stock-adjustments': [200, undefined],
  'get /v1/categories': [200, undefined],
  'post /v1/categories': [201, undefined],
  'patch /v1/categories/{id}': [404, 'category-not-found'],
  'delete /v1/categories/{id}': [404, 'category-not-found'],
  'get /v1/cart': [200, undefined],
  'delete /v1/cart': [204, undefined],
  'post /v1/cart/items': [200, undefined],
  'put /v1/cart/items/{productId}': [200, undefined],
  'delete /v1/cart/items/{productId}': [200, undefined],
  'post /v1/cart/checkout': [201, undefined],
  'post /v1/orders': [201, undefined],
  'get /v1/orders': [200, undefined],
  'get /v1/orders/{id}': [404, 'order-not-found'],
  'get /v1/orders/{id}/history': [404, 'order-not-found'],
  'post /v1/orders/{id}/cancel': [404, 'order-not-found'],
  'post /v1/orders/{id}/fulfil': [404, 'order-not-found'],
  'post /v1/orders/{id}/refunds': [404, 'order-not-found'],
  'get /v1/orders/export': [200, undefined],
  'get /v1/orders/{id}/notes': [404, 'order-not-found'],
  'post /v1/orders/{id}/notes': [404, 'order-not-found'],
  'get /v1/shipping-methods': [200, undefined],
  'post /v1/shipping-methods': [201, 'standard'], // its own code
  'patch /v1/shipping-methods/{code}': [404, 'shipping-method-not-found'],
  'delete /v1/shipping-methods/{code}': [404, 'shipping-method-not-found'],
  'get /v1/tax-rates/{country}': [404, 'tax-rate-not-found'],
  'put /v1/tax-rates/{country}': [200, undefined],
  'delete /v1/tax-rates/{country}': [204, undefined],
  'post /v1/orders/{id}/returns': [404, 'order-not-found'],
  'get /v1/fulfilments': [200, undefined],
  'get /v1/fulfilments/{id}': [404, 'fulfilment-not-found'],
  'post /v1/fulfilments/{id}/shipments': [404, 'fulfilment-not-found'],
  'get /v1/returns': [200, undefined],
  'post /v1/returns/{id}/receive': [404, 'return-not-found'],
  'post /v1/returns/{id}/reject': [404, 'return-not-found'],
  'post /v1/webhooks/payments/{provider}': [401, 'webhook-signature-invalid'],
  'post /v1/admin/webhook-endpoints': [201, undefined],
  'get /v1/admin/webhook-endpoints': [200, undefined],
  'get /v1/admin/webhook-endpoints/{id}': [404, 'webhook-endpoint-not-found'],
  'patch /v1/admin/webhook-endpoints/{id}': [404, 'webhook-endpoint-not-found'],
  'delete /v1/admin/webhook-endpoints/{id}': [404, 'webhook-endpoint-not-found'],
  'post /v1/admin/webhook-endpoints/{id}/rotate-secret': [404, 'webhook-endpoint-not-found'],
  'get /v1/admin/webhook-endpoints/{id}/deliveries': [404, 'webhook-endpoint-not-found'],
  'post /v1/admin/webhook-endpoints/{id}/deliveries/{eventId}/redeliver': [404, 'webhook-endpoint-not-found'],
  'post /v1/inventory/feeds': [200, undefined],
  'get /v1/inventory/feeds': [200, undefined],
  'get /v1/inventory/drift': [200, undefined],
  'get /v1/admin/audit': [200, undefined],
  'get /v1/admin/outbox': [200, undefined],
  'post /v1/admin/outbox/{id}/retry': [404, 'event-not-found'],
  'delete /v1/admin/outbox/{id}': [404, 'event-not-found'],
  'get /health/live': [200, undefined],
  'get /health/ready': [200, undefined],
  'get /metrics': [200, undefined],
};

describe('the OpenAPI document', () => {
  let database: TestDatabase;
  let api: Api;
  let document: Json;
  let operations: Route[];

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database, { TRUST_PROXY_HOPS: '1' });
    document = (await api.as().get('/openapi.json')).body;
    operations = routesOf(document);
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const resolve = (schema: Json): Json =>
    schema?.$ref ? document.components.schemas[schema.$ref.split('/').pop()] : schema;

  it('OBS-12 is valid under a linter', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-openapi-'));
    const file = join(folder, 'openapi.json');
    writeFileSync(file, JSON.stringify(document));
    const redocly = join(__dirname, '../../../node_modules/@redocly/cli/bin/cli.js');
    const config = join(__dirname, 'redocly.yaml');
    try {
      const { stderr } = await promisify(execFile)(process.execPath, [redocly, 'lint', file, '--config', config], {
        env: { ...process.env, REDOCLY_TELEMETRY: 'off', CI: 'true' },
      });
      expect(stderr).toMatch(/Your API description is valid/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has every route of the contract that is built so far', () => {
    expect(operations.map(({ name }) => name).sort()).toEqual(
      [
        'post /v1/customers',
        'get /v1/customers',
        'get /v1/customers/me',
        'patch /v1/customers/me',
        'delete /v1/customers/me',
        'get /v1/customers/{id}',
        'patch /v1/customers/{id}',
        'delete /v1/customers/{id}',
        'get /v1/customers/me/sessions',
        'delete /v1/customers/me/sessions',
        'delete /v1/customers/me/sessions/{id}',
        'get /v1/customers/{id}/sessions',
        'delete /v1/customers/{id}/sessions',
        'get /v1/customers/me/addresses',
        'post /v1/customers/me/addresses',
        'put /v1/customers/me/addresses/{id}',
        'delete /v1/customers/me/addresses/{id}',
        'post /v1/auth/token',
        'post /v1/auth/refresh',
        'post /v1/auth/revoke',
        'post /v1/auth/password-resets',
        'post /v1/auth/password-resets/confirm',
        'post /v1/auth/email-verifications',
        'post /v1/customers/me/email-verifications',
        'post /v1/customers/{id}/password-reset',
        'get /.well-known/jwks.json',
        'get /v1/products',
        'get /v1/admin/refunds',
        'post /v1/admin/refunds/{id}/retry',
        'post /v1/api-keys',
        'get /v1/api-keys',
        'delete /v1/api-keys/{id}',
        'post /v1/products/import',
        'get /v1/products/export',
        'get /v1/products/changes',
        'get /v1/products/{id}',
        'post /v1/products',
        'patch /v1/products/{id}',
        'delete /v1/products/{id}',
        'post /v1/products/{id}/stock-adjustments',
        'get /v1/products/{id}/stock-adjustments',
        'get /v1/categories',
        'post /v1/categories',
        'patch /v1/categories/{id}',
        'delete /v1/categories/{id}',
        'get /v1/cart',
        'delete /v1/cart',
        'post /v1/cart/items',
        'put /v1/cart/items/{productId}',
        'delete /v1/cart/items/{productId}',
        'post /v1/cart/checkout',
        'post /v1/orders',
        'get /v1/orders',
        'get /v1/orders/{id}',
        'get /v1/orders/{id}/history',
        'post /v1/orders/{id}/cancel',
        'post /v1/orders/{id}/fulfil',
        'post /v1/orders/{id}/refunds',
        'get /v1/orders/export',
        'get /v1/orders/{id}/notes',
        'post /v1/orders/{id}/notes',
        'get /v1/shipping-methods',
        'post /v1/shipping-methods',
        'patch /v1/shipping-methods/{code}',
        'delete /v1/shipping-methods/{code}',
        'get /v1/tax-rates/{country}',
        'put /v1/tax-rates/{country}',
        'delete /v1/tax-rates/{country}',
        'get /v1/fulfilments',
        'get /v1/fulfilments/{id}',
        'post /v1/fulfilments/{id}/shipments',
        'post /v1/orders/{id}/returns',
        'get /v1/returns',
        'post /v1/returns/{id}/receive',
        'post /v1/returns/{id}/reject',
        'post /v1/webhooks/payments/{provider}',
        'post /v1/admin/webhook-endpoints',
        'get /v1/admin/webhook-endpoints',
        'get /v1/admin/webhook-endpoints/{id}',
        'patch /v1/admin/webhook-endpoints/{id}',
        'delete /v1/admin/webhook-endpoints/{id}',
        'post /v1/admin/webhook-endpoints/{id}/rotate-secret',
        'get /v1/admin/webhook-endpoints/{id}/deliveries',
        'post /v1/admin/webhook-endpoints/{id}/deliveries/{eventId}/redeliver',
        'post /v1/inventory/feeds',
        'get /v1/inventory/feeds',
        'get /v1/inventory/drift',
        'get /v1/admin/audit',
        'get /v1/admin/outbox',
        'post /v1/admin/outbox/{id}/retry',
        'delete /v1/admin/outbox/{id}',
        'get /health/live',
        'get /health/ready',
        'get /metrics',
      ].sort(),
    );
  });

  it('gives each operation a summary, a tag, a described success, and its problems with examples', () => {
    for (const { name, operation } of operations) {
      expect([name, operation.summary?.length > 3, operation.tags?.length]).toEqual([name, true, 1]);
      const statuses = Object.keys(operation.responses as object);
      expect([name, statuses.some((status) => status.startsWith('2'))]).toEqual([name, true]);
      for (const [status, response] of Object.entries(operation.responses as Record<string, Json>)) {
        if (Number(status) < 400) {
          const { 'application/json': json, ...others } = (response.content ?? {}) as Record<string, Json>;
          for (const [type, { example }] of Object.entries(others))
            expect([name, type, example?.length > 0]).toEqual([name, type, true]);
          const schema = json?.schema;
          if ((status === '200' || status === '201') && !('text/csv' in others || 'text/plain' in others))
            expect([
              name,
              status,
              Object.keys((resolve(schema?.items ?? schema) as { properties?: object })?.properties ?? {}).length > 0,
            ]).toEqual([name, status, true]);
          continue;
        }
        const problem = response.content['application/problem+json'];
        const { $ref, oneOf = [{ $ref }] } = problem.schema;
        const examples = Object.entries(problem.examples as Record<string, Json>);
        expect([name, status, oneOf]).toEqual([
          name,
          status,
          examples.map(([code]) => ({ $ref: problemSchemaOf(code) })),
        ]);
        expect([name, examples.length > 0]).toEqual([name, true]);
        for (const [code, { value }] of examples)
          expect(value).toMatchObject({ code, status: Number(status), type: `/problems/${code}` });
      }
    }
  });

  it('marks security: what needs a login says 401, what needs an admin 403 too, and nothing else does', () => {
    const open = [
      'post /v1/customers',
      'post /v1/auth/token',
      'post /v1/auth/refresh',
      'post /v1/auth/revoke',
      'post /v1/auth/password-resets',
      'post /v1/auth/password-resets/confirm',
      'post /v1/auth/email-verifications',
      'get /.well-known/jwks.json',
      'get /v1/shipping-methods',
      'post /v1/webhooks/payments/{provider}',
      'get /health/live',
      'get /health/ready',
      'get /metrics',
    ];
    for (const { name, operation } of operations) {
      const secured = operation.security.some((one: object) => 'bearer' in one);
      expect([name, secured]).toEqual([name, !open.includes(name)]);
      if (secured) expect([name, '401' in operation.responses]).toEqual([name, true]);
      const refusals = Object.keys(
        (operation.responses['403']?.content['application/problem+json'].examples ?? {}) as object,
      );
      const isForAdmins = /Admins only/.test(String(operation.description));
      expect([name, refusals.sort()]).toEqual([
        name,
        [...(isForAdmins ? ['forbidden'] : []), ...(secured ? ['insufficient-scope'] : [])],
      ]);
      const takesKeys = operation.security.some((one: object) => 'apiKey' in one);
      expect([name, takesKeys]).toEqual([name, Boolean(operation['x-scopes']?.length)]);
    }
  });

  it('ID-09 SEC-18 tells the truth: every secured route answers 401 to no and to bad credentials', async () => {
    for (const { name, path, method, operation } of operations) {
      if (operation.security.length !== 1) continue;
      const url = path.replace('{id}', '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44');
      for (const headers of [{}, { authorization: 'Bearer garbage' }, { authorization: 'Basic YTpi' }] as Record<
        string,
        string
      >[]) {
        const answer = await api.as().send(method, url, undefined, headers);
        expect([name, answer.status, answer.headers.get('www-authenticate')]).toEqual([name, 401, 'Bearer']);
      }
    }
  });

  it('documents the rate limit, and its 429, of each route that has one', () => {
    const limits: Record<string, string[]> = {};
    for (const { name, operation } of operations) {
      const answers = Object.entries(operation.responses as Record<string, Json>);
      const policies = answers.map(([, { headers }]) => headers?.['RateLimit-Policy']?.schema.example as string);
      const limit = /^"(\w+)";q=5;w=60$/.exec(policies[0] ?? '')?.[1] ?? 'none';
      (limits[limit] ??= []).push(name);
      expect([name, new Set(policies).size]).toEqual([name, 1]);
      const refusal = operation.responses['429'];
      expect([name, refusal !== undefined]).toEqual([name, limit !== 'none']);
      if (!refusal) continue;
      expect([name, Object.keys(refusal.headers as object).sort()]).toEqual([
        name,
        ['RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'],
      ]);
      expect(refusal.content['application/problem+json'].examples).toHaveProperty('quota-exceeded');
    }
    const { requests, ...others } = limits;
    expect(requests.length).toBeGreaterThan(20);
    expect(others).toEqual({
      orders: expect.arrayContaining(['post /v1/cart/checkout', 'post /v1/orders']) as string[],
      logins: expect.arrayContaining([
        'post /v1/auth/token',
        'patch /v1/customers/me',
        'delete /v1/customers/me',
      ]) as string[],
      registrations: ['post /v1/customers'],
      none: expect.arrayContaining(['post /v1/webhooks/payments/{provider}', 'get /health/live']) as string[],
    });
    expect(others.none.filter((name) => name.includes('/v1/'))).toEqual(['post /v1/webhooks/payments/{provider}']);
  });

  it('documents the Idempotency-Key where the contract requires it', () => {
    const keyed = operations.filter(({ operation }) =>
      operation.parameters?.some(({ name, required }: Json) => name === 'Idempotency-Key' && required),
    );
    expect(keyed.map(({ name }) => name).sort()).toEqual([
      'post /v1/cart/checkout',
      'post /v1/fulfilments/{id}/shipments',
      'post /v1/orders',
      'post /v1/orders/{id}/cancel',
      'post /v1/orders/{id}/refunds',
      'post /v1/orders/{id}/returns',
      'post /v1/products/{id}/stock-adjustments',
      'post /v1/returns/{id}/receive',
      'post /v1/returns/{id}/reject',
    ]);
    const optional = operations.filter(({ operation }) =>
      operation.parameters?.some(({ name, required }: Json) => name === 'Idempotency-Key' && !required),
    );
    expect(optional.map(({ name }) => name)).toEqual(['post /v1/cart/items']);
    for (const { operation } of [...keyed, ...optional])
      expect(Object.keys(operation.responses['409'].content['application/problem+json'].examples as object)).toEqual(
        expect.arrayContaining(['idempotency-key-in-use', 'idempotency-key-reused']),
      );
  });

  it('writes quantities as integers, money as text, and every schema with its descriptions', () => {
    const { OrderItem, Money, Order, PlaceOrder, AddToCart, Cart } = document.components.schemas;
    expect(OrderItem.properties.quantity).toMatchObject({ type: 'integer', minimum: 1, maximum: 2147483647 });
    expect(Money.properties.amount).toMatchObject({ type: 'string' });
    expect(PlaceOrder.properties.items).toMatchObject({ minItems: 1, maxItems: 100 });
    expect(PlaceOrder.required).toEqual(['items']);
    expect(AddToCart.oneOf.map(({ required }: Json) => required)).toEqual([['productId', 'quantity'], ['items']]);
    expect(AddToCart.oneOf[1].properties.items).toMatchObject({ type: 'array', minItems: 1, maxItems: 100 });
    expect(Cart.properties.items.items.$ref).toBe('#/components/schemas/CartLine');
    expect(Order.properties.status.enum).toContain('payment_pending');
  });

  it('is answered at /problems/<code> for each code it names', async () => {
    const codes = new Set(
      operations.flatMap(({ operation }) =>
        Object.values(operation.responses as Record<string, Json>).flatMap((response) =>
          Object.keys((response.content?.['application/problem+json']?.examples ?? {}) as object),
        ),
      ),
    );
    expect(codes.size).toBeGreaterThan(20);
    for (const code of codes) expect([code, (await api.as().get(`/problems/${code}`)).status]).toEqual([code, 200]);
    expect((await api.as().get('/problems/none-of-ours')).status).toBe(404);
  });

  it('is shown by Swagger UI', async () => {
    const { status, body } = await api.as().get('/docs');
    expect([status, String(body).includes('swagger-ui')]).toEqual([200, true]);
    expect((await api.as().get('/docs/swagger-ui-bundle.js')).status).toBe(200);
  });

  /** The options that Swagger UI is started with, in a page whose requests `fetch` answers. */
  const swaggerOptions = async (fetch: (path: string) => unknown) => {
    const script = String((await api.as().get('/docs/swagger-ui-init.js')).body);
    let options: Json;
    const SwaggerUIBundle = Object.assign((given: Json) => (options = given), { presets: {}, plugins: {} });
    const window = {
      location: { search: '?url=https://evil.example/openapi.json', origin: api.url },
      onload: () => {},
    };
    runInNewContext(script, { window, SwaggerUIBundle, SwaggerUIStandalonePreset: {}, crypto, fetch });
    window.onload();
    return options;
  };

  it('is loaded by Swagger UI from here, with a product that there is, and keeps no token', async () => {
    const products = { ok: true, json: async () => ({ items: [{ id: '0193ffff-7c4f-7d31-9a52-3c5b7e0f1a44' }] }) };
    const { url, spec, persistAuthorization, responseInterceptor } = await swaggerOptions(() => products);
    expect([url, spec, persistAuthorization ?? false]).toEqual(['/openapi.json', undefined, false]);
    const loaded = await responseInterceptor({ url: `${api.url}/openapi.json`, text: JSON.stringify(document) });
    const { components } = JSON.parse(loaded.text as string);
    expect(components.schemas.OrderItem.properties.productId.example).toBe('0193ffff-7c4f-7d31-9a52-3c5b7e0f1a44');
  });

  it('has a new Idempotency-Key for each Execute, but for a key that the reader has typed', async () => {
    const { requestInterceptor } = await swaggerOptions(() => undefined);
    const example = document.components.parameters['Idempotency-Key'].example as string;
    const keyFor = (key: string) =>
      requestInterceptor({ headers: { 'Idempotency-Key': key } }).headers['Idempotency-Key'] as string;
    expect([keyFor(example), keyFor(example), keyFor(example)].map((key) => /^[0-9a-f]{32}$/.test(key))).toEqual([
      ...[true, true, true],
    ]);
    expect(keyFor(example)).not.toBe(keyFor(example));
    expect(keyFor('my own key')).toBe('my own key');
  });

  describe('filled in by Swagger UI and executed at once', () => {
    let trial: Api;
    let shop: Shop;

    beforeAll(async () => {
      // Limits as high as those of `npm start`.
      const limits = { RATE_LIMIT_ORDERS_PER_MINUTE: '1000', RATE_LIMIT_LOGINS_PER_MINUTE: '1000' };
      trial = await Api.start(database, { ...limits, WEBHOOK_TARGETS: 'any' });
      shop = await Shop.open(trial, database);
    });
    afterAll(() => trial.stop());

    /** The customer of the document's examples, registered and logged in by them. */
    const ann = async (loaded: Json) => {
      const example = (path: string) =>
        loaded.paths[path].post.requestBody.content['application/json'].example as object;
      await trial.as().send('POST', '/v1/customers', example('/v1/customers'));
      const { body } = await trial.as().send('POST', '/v1/auth/token', example('/v1/auth/token'));
      return trial.as(body.accessToken as string);
    };

    /** What a form of Swagger UI contains before anything is typed: undefined where it leaves a value out. */
    const filled = ({ example, schema }: Json): string | undefined => {
      const value = (example ?? schema.example ?? schema.default) as string | undefined;
      return value === undefined ? undefined : String(value);
    };

    async function execute({ name, method, path, operation }: Route, caller: Caller, requestInterceptor: Json) {
      const headers: Record<string, string> = {};
      const query = new URLSearchParams();
      let url = path;
      for (const parameter of (operation.parameters ?? []) as Json[]) {
        const value = filled(parameter);
        if (parameter.required) expect([name, parameter.name, typeof value]).toEqual([name, parameter.name, 'string']);
        if (value === undefined) continue;
        if (parameter.in === 'path') url = url.replace(`{${parameter.name}}`, encodeURIComponent(value));
        if (parameter.in === 'query') query.set(parameter.name as string, value);
        if (parameter.in === 'header') headers[parameter.name as string] = value;
      }
      const [type, media] = Object.entries<Json>((operation.requestBody?.content ?? {}) as object)[0] ?? [];
      const sample = media && (media.example ?? media.schema.example);
      if (type) headers['content-type'] = type;
      if (media) expect([name, sample !== undefined]).toEqual([name, true]);
      const body = typeof sample === 'string' ? sample : media && JSON.stringify(sample);
      return caller.send(
        method,
        `${url}?${query.toString()}`,
        body,
        requestInterceptor({ headers }).headers as Record<string, string>,
      );
    }

    it.each(Object.entries(EXECUTED))('%s is answered %s', async (name, expected) => {
      const { id } = await shop.product({ stock: 100 });
      const { requestInterceptor, responseInterceptor } = await swaggerOptions(() => ({
        ...{ ok: true, json: async () => ({ items: [{ id }] }) },
      }));
      const fetched = { url: `${trial.url}/openapi.json`, text: JSON.stringify(document) };
      const loaded = JSON.parse((await responseInterceptor(fetched)).text as string);
      const route = routesOf(loaded).find((each) => each.name === name)!;
      const isForAdmins = /Admins only/.test(String(route.operation.description));
      const needsLogin = route.operation.security.length > 0 || name.startsWith('post /v1/auth');
      const caller = isForAdmins ? shop.admin : needsLogin ? await ann(loaded) : trial.as();
      const { status, body } = await execute(route, caller, requestInterceptor);
      expect([name, status, body?.code]).toEqual([name, ...expected]);
    });

    it('leaves no operation out', () => {
      expect(Object.keys(EXECUTED).sort()).toEqual(operations.map(({ name }) => name).sort());
      // No example is refused for its form. A one-time token is only in a mail, so that the example's is of nobody.
      const refused = Object.values(EXECUTED).filter(([status]) => status === 400 || status === 422);
      expect(refused.map(([, code]) => code)).toEqual(['reset-token-invalid', 'verification-token-invalid']);
    });
  });

  it('is OpenAPI 3.1 without what 3.1 has no more', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(JSON.stringify(document)).not.toContain('"nullable"');
  });

  it('gives ids of paths a format and an example, and proposes nothing that may be left out', () => {
    for (const { name, operation } of operations) {
      for (const { in: place, name: parameter, required, schema, example } of (operation.parameters ?? []) as Json[]) {
        if (place === 'path' && /^id$|Id$/.test(parameter as string))
          expect([name, schema.format, typeof example]).toEqual([name, 'uuid', 'string']);
        if (!required)
          expect([name, parameter, schema.example, example]).toEqual([name, parameter, undefined, undefined]);
      }
      const json = operation.requestBody?.content['application/json'];
      const schema = resolve(json?.schema);
      const { required = [] } = schema?.oneOf?.[0] ?? schema ?? {};
      expect([name, Object.keys((json?.example ?? {}) as object).sort()]).toEqual([name, [...required].sort()]);
    }
  });

  it('bounds every array of a request', () => {
    const unbounded = (schema: Json, path: string): string[] => {
      const { type, items, maxItems, properties = {}, oneOf = [] } = resolve(schema) ?? {};
      return [
        ...(type === 'array' && !(maxItems > 0) ? [path] : []),
        ...(items ? unbounded(items, `${path}/0`) : []),
        ...Object.entries(properties as object).flatMap(([name, each]) => unbounded(each, `${path}/${name}`)),
        ...(oneOf as Json[]).flatMap((each) => unbounded(each, path)),
      ];
    };
    const bodies = operations.filter(({ name }) => !name.includes('/webhooks/payments/'));
    expect(
      bodies.flatMap(({ name, operation }) =>
        unbounded(operation.requestBody?.content['application/json']?.schema, name),
      ),
    ).toEqual([]);
  });

  it('documents 413 and 415 of each route that may have a body, with its own limit', () => {
    const limits: Record<string, string[]> = {};
    for (const { name, method, operation } of operations) {
      const refusals = ['413', '415'].map((status) => status in operation.responses);
      expect([name, refusals]).toEqual([name, method === 'GET' ? [false, false] : [true, true]]);
      if (method === 'GET') continue;
      const { value } = operation.responses['413'].content['application/problem+json'].examples['payload-too-large'];
      const [bytes] = /\d+/.exec(value.detail as string)!;
      (limits[bytes] ??= []).push(name);
    }
    expect(limits['8192']).toEqual(expect.arrayContaining(['post /v1/auth/token', 'post /v1/auth/refresh']));
    expect(limits['32768']).toEqual(expect.arrayContaining(['post /v1/orders', 'post /v1/cart/items']));
    expect(limits['262144'].filter((name) => /auth|orders|cart/.test(name))).toEqual([]);
  });

  it('names the headers of answers', () => {
    const having = (header: string) =>
      operations
        .filter(({ operation }) => Object.values(operation.responses).some((one: Json) => one.headers?.[header]))
        .map(({ name }) => name);
    const keyed = operations.filter(({ operation }) => operation['x-idempotent']).map(({ name }) => name);
    expect(having('Idempotent-Replayed')).toEqual(keyed);
    expect(having('Location')).toEqual(expect.arrayContaining(['post /v1/orders', 'post /v1/products']));
    expect(having('ETag')).toEqual(expect.arrayContaining(['get /v1/orders/{id}', 'get /v1/products']));
  });

  it('makes a client’s compiler check a switch over problem codes', async () => {
    const types = astToString(await openapiTS(structuredClone(document) as Parameters<typeof openapiTS>[0]));
    const clientOf = (code: string, member: string) => `
      import type { operations } from './api';
      type Refusal = operations['placeOrder']['responses'][409]['content']['application/problem+json'];
      export function shortLines(refusal: Refusal): number {
        switch (refusal.code) {
          case '${code}':
            return refusal.${member}.length;
          default:
            return 0;
        }
      }`;
    const faultsOf = (client: string) => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-client-'));
      writeFileSync(join(folder, 'api.d.ts'), types);
      writeFileSync(join(folder, 'client.ts'), client);
      const options = { strict: true, noEmit: true, skipLibCheck: false, types: [], target: ts.ScriptTarget.ES2023 };
      const program = ts.createProgram([join(folder, 'client.ts')], options);
      const faults = ts
        .getPreEmitDiagnostics(program)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
      rmSync(folder, { recursive: true });
      return faults;
    };
    expect(faultsOf(clientOf('insufficient-stock', 'items'))).toEqual([]);
    expect(faultsOf(clientOf('insuficient-stock', 'items'))).toEqual([
      expect.stringContaining('is not comparable'),
      expect.anything(),
    ]);
    expect(faultsOf(clientOf('price-changed', 'items'))).toEqual([expect.stringContaining("'items' does not exist")]);
  });

  it('is rendered and compressed once, revalidated by its ETag, and counted', async () => {
    // An address of its own: requests of a minute ago, which the window forgets meanwhile, would spoil the count.
    const own = { 'x-forwarded-for': '192.0.2.7' };
    for (const [path, type] of [
      ['/openapi.json', 'application/json; charset=utf-8'],
      ['/openapi.yaml', 'application/yaml; charset=utf-8'],
    ]) {
      const first = await api.as().get(path, { 'accept-encoding': 'br', ...own });
      const etag = first.headers.get('etag')!;
      expect([path, first.status, first.headers.get('content-type')]).toEqual([path, 200, type]);
      expect([path, first.headers.get('content-encoding'), etag]).toEqual([path, 'br', expect.stringMatching(/^W\/"/)]);
      expect(first.headers.get('ratelimit')).toMatch(/^"requests";r=\d+/);
      const again = await api.as().get(path, { 'if-none-match': etag, ...own });
      expect([path, again.status, again.body]).toEqual([path, 304, '']);
      const left = ({ headers }: { headers: Headers }) => Number(/r=(\d+)/.exec(headers.get('ratelimit')!)![1]);
      expect([path, left(first) - left(again)]).toEqual([path, 1]);
    }
    expect(parse(String((await api.as().get('/openapi.yaml')).body))).toEqual(document);
  });

  it('is not there with API_DOCS=off, while problems are still described', async () => {
    const quiet = await Api.start(database, { API_DOCS: 'off' });
    for (const path of ['/docs', '/docs/swagger-ui-init.js', '/openapi.json', '/openapi.yaml'])
      expect([path, (await quiet.as().get(path)).status]).toEqual([path, 404]);
    expect((await quiet.as().get('/problems/insufficient-stock')).status).toBe(200);
    expect((await quiet.as().get('/')).body).toEqual({
      ...{ name: 'Holdfast', description: expect.any(String) as string, health: '/health/ready' },
    });
    await quiet.stop();
  });
});
