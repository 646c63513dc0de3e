import { newId } from '@holdfast/shared-kernel';
import { type Answer, Api, type Caller, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { storm } from '../../support/storm';
import { deliverWebhook } from '../../support/webhooks';
import { NAUGHTY, NAUGHTY_STRINGS } from './naughty-strings';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const trimmed = (text: string): string => text.trim();
/** As names of people are kept: identity's account rules. */
const cleaned = (text: string): string => text.trim().normalize('NFKC');

/** A place for free text: how it gets there, what is to come back, and from where. */
interface Field {
  write: (text: string) => Promise<Answer<Json>>;
  kept: (text: string) => string | null;
  read: (written: Json) => Promise<unknown>;
  texts?: string[];
}

describe('naughty strings', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;
  let ann: Caller & { id: string };
  let productId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database, { WEBHOOK_TARGETS: 'any' });
    shop = await Shop.open(api, database);
    ann = await shop.customer();
    productId = (await shop.product({ stock: 100_000 })).id as string;
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const price = { amount: '10.00', currency: 'GBP' };
  const stored = async (path: string): Promise<Json> => (await shop.admin.get(path)).body;
  const listed = async (path: string, id: string): Promise<Json> =>
    ((await stored(`${path}?limit=100`)).items as Json[]).find((each) => each.id === id);

  const productField = (name: string): Field => ({
    write: (text) => shop.admin.post('/v1/products', { sku: newId(), name: 'Named', price, [name]: text }),
    kept: trimmed,
    read: async ({ id }) => (await stored(`/v1/products/${id}`))[name],
  });

  const registered = (body: object) => {
    const username = `u${newId().slice(-12)}`;
    const details = { username, email: `${username}@example.com`, password: 'a long pass phrase', ...body };
    return api.as().send<Json>('POST', '/v1/customers', details);
  };

  const customerField = (name: string): Field => ({
    write: (text) => registered({ [name]: text }),
    kept: cleaned,
    read: async ({ id }) => (await stored(`/v1/customers/${id}`))[name],
  });

  const adjustments = () => `/v1/products/${productId}/stock-adjustments`;
  const FIELDS: Record<string, Field> = {
    'the SKU of a product': productField('sku'),
    'the name of a product': productField('name'),
    'the description of a product': productField('description'),
    'the external id of a product': productField('externalId'),
    'the name of a category': {
      write: (text) => shop.admin.post('/v1/categories', { name: text }),
      kept: trimmed,
      read: async ({ id }) => {
        const [{ name }] = await database.query('SELECT name FROM catalog.categories WHERE id = $1', [id]);
        // In any case a name is taken once; the next text may be this one's other form.
        await shop.admin.delete(`/v1/categories/${id}`);
        return name;
      },
    },
    'a username': customerField('username'),
    'an e-mail address': {
      ...customerField('email'),
      texts: NAUGHTY_STRINGS.map((text) => `${text}@mail.example`),
    },
    'the reason of a stock adjustment': {
      write: (text) => shop.admin.post(adjustments(), { delta: 1, reason: text }),
      kept: trimmed,
      read: async ({ id }) => (await listed(adjustments(), id as string)).reason,
    },
    'the reason of a refund': {
      write: async (text) => {
        const { body: order } = await ann.post('/v1/orders', items([{ id: productId }, 1]));
        await deliverWebhook(api, { orderId: order.id as string, amount: order.total });
        return shop.admin.post(`/v1/orders/${order.id}/refunds`, { reason: text });
      },
      kept: (text) => `refunded: ${trimmed(text)}`,
      read: async ({ id }) => ((await shop.admin.get(`/v1/orders/${id}/history`)).body as Json[]).at(-1).cause,
    },
    'the source of a feed': {
      write: (text) =>
        shop.admin.post('/v1/inventory/feeds', {
          source: text,
          takenAt: new Date().toISOString(),
          items: [{ sku: text, onHand: 1 }],
        }),
      kept: trimmed,
      read: async ({ id }) => (await listed('/v1/inventory/feeds', id as string)).source,
    },
    'the URL of a webhook': {
      write: (text) => shop.admin.post('/v1/admin/webhook-endpoints', { url: `http://127.0.0.1:9/${text}` }),
      kept: (text) => `http://127.0.0.1:9/${text}`,
      read: async ({ id }) => (await stored(`/v1/admin/webhook-endpoints/${id}`)).url,
    },
    'the description of a webhook': {
      write: (text) => shop.admin.post('/v1/admin/webhook-endpoints', { url: 'http://127.0.0.1:9', description: text }),
      kept: (text) => trimmed(text) || null,
      read: async ({ id }) => (await stored(`/v1/admin/webhook-endpoints/${id}`)).description,
    },
    'the name of an API key': {
      write: (text) => shop.admin.post('/v1/api-keys', { name: text, scopes: ['orders:read'] }),
      kept: trimmed,
      read: async ({ id }) => (await listed('/v1/api-keys', id as string)).name,
    },
    'the device of a session': {
      write: async (device) => {
        const { username } = (await registered({})).body;
        const login = { username, password: 'a long pass phrase', device };
        return api.as().send<Json>('POST', '/v1/auth/token', login);
      },
      kept: trimmed,
      read: async ({ accessToken }) =>
        (await api.as(accessToken as string).get('/v1/customers/me/sessions')).body[0].device,
    },
    // What comes back of a password is that it opens.
    'a password': {
      write: async (text) => {
        const answer = await registered({ password: text });
        return { ...answer, body: { ...answer.body, text } };
      },
      kept: () => '200',
      read: async ({ username, text }) =>
        String((await api.as().send('POST', '/v1/auth/token', { username, password: text })).status),
      texts: [
        ...NAUGHTY_STRINGS,
        ...['compositions', 'control characters', 'lone surrogates'].flatMap((kind) =>
          NAUGHTY[kind].map((text) => `${text} pass phrase`),
        ),
      ],
    },
  };

  it.each(Object.keys(FIELDS))('are kept as they are, or refused, as %s', async (name) => {
    const { write, kept, read, texts = NAUGHTY_STRINGS } = FIELDS[name];
    const wrong: unknown[] = [];
    let accepted = 0;
    const jobs = texts.map((text) => async () => {
      const { status, headers, body } = await write(text);
      const isProblem = /^application\/problem\+json/.test(headers.get('content-type') ?? '') && body.status === status;
      if (status >= 200 && status < 300) {
        accepted++;
        const got = await read(body);
        if (got !== kept(text)) wrong.push([text.slice(0, 60), status, got]);
      } else if (!(status >= 400 && status < 500 && isProblem)) wrong.push([text.slice(0, 60), status, body]);
    });
    await storm(jobs, 4);
    expect(wrong).toEqual([]);
    expect(accepted).toBeGreaterThan(10);
    expect(accepted).toBeLessThan(texts.length);
  });

  it('are looked for as they are', async () => {
    const wrong: unknown[] = [];
    for (const text of NAUGHTY_STRINGS.filter((each) => each.isWellFormed())) {
      const { status, body: product } = await productField('name').write(text);
      for (const path of ['/v1/products', '/v1/customers']) {
        const answer = await shop.admin.get(`${path}?q=${encodeURIComponent(text)}&limit=100`);
        const ids = answer.status === 200 ? (answer.body.items as Json[]).map(({ id }) => id as string) : [];
        // Words of one or two letters are in many products: the one looked for may be on a later page.
        const isVague = trimmed(text)
          .split(/\s+/)
          .every((word) => [...word].length < 3);
        const isFound = path === '/v1/customers' || status !== 201 || isVague || ids.includes(product.id as string);
        if (answer.status >= 500 || (answer.status === 200 && !isFound))
          wrong.push([path, text.slice(0, 60), answer.status, ids.length]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('are repeated or refused as an Idempotency-Key, and never make an X-Request-Id', async () => {
    const inHeader = NAUGHTY_STRINGS.filter((text) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text.length < 8_000);
    const wrong: unknown[] = [];
    let accepted = 0;
    for (const text of inHeader) {
      const adjust = () =>
        shop.admin.post(
          adjustments(),
          { delta: 1, reason: 'found' },
          { 'idempotency-key': text, 'x-request-id': text },
        );
      const [first, again] = [await adjust(), await adjust()];
      const isRefused = first.status === 400 && /^idempotency-key-(missing|invalid)$/.test(String(first.body.code));
      const isRepeated = again.headers.get('idempotent-replayed') === 'true' && again.body.id === first.body.id;
      if (first.status === 201) accepted++;
      if (!isRefused && !(first.status === 201 && isRepeated)) wrong.push([text, first.status, again.body]);
      if (!UUID.test(first.headers.get('x-request-id') ?? '')) wrong.push([text, first.headers.get('x-request-id')]);
    }
    expect(wrong).toEqual([]);
    expect(accepted).toBeGreaterThan(50);
  });

  it('are kept as they are, or refused, in the cells of an import', async () => {
    const wrong: unknown[] = [];
    const texts = NAUGHTY_STRINGS.filter((text) => text.isWellFormed() && !text.includes('\0'));
    const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const rows = texts.map((text) => `${newId()},${cell(text)},${cell(text)},1.00,GBP`);
    const csv = ['sku,name,description,price,currency', ...rows].join('\n');
    const { status, body } = await shop.admin.send<Json>('POST', '/v1/products/import', csv, {
      'content-type': 'text/csv',
    });
    expect([status, body.rows?.length]).toEqual([200, texts.length]);
    for (const [i, text] of texts.entries()) {
      const { result, productId: id } = body.rows[i] as { result: string; productId: string };
      if (result === 'refused') continue;
      const { name, description } = await stored(`/v1/products/${id}`);
      if (name !== trimmed(text) || description !== trimmed(text)) wrong.push([text.slice(0, 60), name, description]);
    }
    expect(wrong).toEqual([]);
    expect(body.created).toBeGreaterThan(150);
  });

  it('leave the promise, and the process, as they were', async () => {
    await expectInvariants(database, { moment: 'always' });
    expect(api.child.exitCode).toBeNull();
    expect(api.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
